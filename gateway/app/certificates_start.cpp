// What a start makes of the pairs it finds, and what is kept for it.
#include "gateway/app/certificates.hpp"
#include "gateway/runtime/log.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate {
namespace {

// False where what is kept is better for a start than this one.
Result<bool> keep_shown(const KeptCertificates& last, const CertificatePair& pair, const std::string& pem,
                        bool is_fit) {
  // One with a fault is better than none, and no more.
  if (!is_fit) {
    const auto before = last.last_of(pair.server_name);
    if (before && *before && (*before)->is_of(pair)) return (*before)->from == pair && (*before)->pem == pem;
  }
  const auto kept = last.keep(pair, pem);
  if (!kept) return kept.error();
  return true;
}

Result<bool> keep_names(const KeptCertificates& last, const CertificatePair& pair) {
  const auto noted = last.note_named(pair);
  if (!noted) return noted.error();
  return true;
}

}  // namespace

Result<void> Certificates::load(const WantedPairs& wanted) {
  watch_ = wanted.watch;
  kept_.emplace_back(wanted.main);
  for (const CertificatePair& pair : wanted.extra) kept_.emplace_back(pair);
  for (Kept& kept : kept_) {
    kept.stamp = stamp_of(kept.pair);
    auto loaded = read(kept.pair);
    const auto fit = loaded ? loaded->identity.check(trusted_now()) : Result<void>(loaded.error());
    const auto last = last_.last_of(kept.pair.server_name);
    if (!last) log::warning("what leaves were shown last cannot be read", {{"detail", last.error().detail}});
    const bool was_here = last && *last && (*last)->is_of(kept.pair);
    // Where the disk does not tell, it is no mistake of the operator's.
    if (!loaded && last && !was_here && kept.is_main()) return loaded.error();
    if (fit || !was_here || !show_last(kept, **last, loaded.has_value())) {
      if (loaded) show(kept, std::move(*loaded), kept.pair.certificate);
    }
    if (!kept.shown || kept.shown_from != kept.pair.certificate)
      refuse(kept, fit.error());
    else
      tell_fault(kept, fit);
    tell_what_ends(kept);
  }
  if (wanted.broker) {
    of_broker_.emplace(*wanted.broker);
    of_broker_->stamp = stamp_of(of_broker_->pair);
    take_of_broker(crypto::ServerIdentity::load(of_broker_->pair.certificate, of_broker_->pair.key));
  }
  for (std::size_t i = 0; i < loops_.size(); ++i) tables_.push_back(table(i));
  names_ = names();
  look_again_after(are_missing());
  return {};
}

// What the last run showed, with the first key that is its own. `unless_faulty`: there is another one, as
// good as one with a fault.
bool Certificates::show_last(Kept& kept, const LastShown& last, bool unless_faulty) {
  for (const CertificatePair& old : last.with_keys(kept.pair)) {
    auto before = read(old);
    if (!before) continue;
    if (unless_faulty && !before->identity.check(trusted_now())) return false;
    show(kept, std::move(*before), old.certificate);
    return true;
  }
  return false;
}

Task<void> Certificates::remember() {
  for (Kept& kept : kept_) co_await remember(kept);
}

Task<void> Certificates::remember(Kept& kept) {
  const bool is_refused = !kept.refusal.empty();
  if (kept.is_remembered || kept.odd_since || !(kept.shown || is_refused)) co_return;
  const bool is_fit = kept.shown && kept.shown->identity.check(trusted_now());
  const std::string pem = kept.shown ? kept.shown->identity.pem() : std::string();
  auto keep = [last = last_, pair = kept.pair, pem, is_fit, is_refused]() -> Result<bool> {
    return is_refused ? keep_names(last, pair) : keep_shown(last, pair, pem, is_fit);
  };
  const auto done = co_await offload(pool_, std::move(keep));
  kept.is_remembered = done && *done;
  const std::string trouble = done ? std::string() : done.error().detail;
  if (!done && kept.remember_trouble != trouble)
    log::warning(is_refused ? "the names of the certificate were not kept for a start without it"
                            : "the certificate was not kept for a start without it",
                 {{"detail", trouble}});
  kept.remember_trouble = trouble;
}

}  // namespace leafgate
