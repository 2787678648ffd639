// What a start makes of the pairs it finds, and what is kept for it.
#include "gateway/app/certificates.hpp"
#include "gateway/runtime/log.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate {

Result<void> Certificates::load(const WantedPairs& wanted) {
  watch_ = wanted.watch;
  kept_.emplace_back(wanted.main);
  for (const CertificatePair& pair : wanted.extra) kept_.emplace_back(pair);
  for (Kept& kept : kept_) {
    kept.stamp = stamp_of(kept.pair);
    auto loaded = read(kept.pair);
    const auto fit = loaded ? loaded->identity.check(trusted_now()) : Result<void>(loaded.error());
    const bool was_good = last_.have(kept.pair);
    if (!loaded && !was_good && kept.is_main()) return loaded.error();
    if (fit || !was_good || !show_last(kept, loaded.has_value())) {
      if (loaded) show(kept, std::move(*loaded), kept.pair.certificate);
    }
    if (!kept.shown || kept.shown_from != kept.pair.certificate)
      refuse(kept, fit.error());
    else
      tell_fault(kept, fit);
    tell_what_ends(kept);
  }
  for (std::size_t i = 0; i < loops_.size(); ++i) tables_.push_back(table(i));
  names_ = names();
  look_again_after(are_missing());
  return {};
}

// What the last run showed, with the key of now. `unless_faulty`: there is another one, as good as one with a
// fault.
bool Certificates::show_last(Kept& kept, bool unless_faulty) {
  const CertificatePair old = last_.with_key_of(kept.pair);
  auto before = read(old);
  if (!before || (unless_faulty && !before->identity.check(trusted_now()))) return false;
  show(kept, std::move(*before), old.certificate);
  return true;
}

Task<void> Certificates::remember() {
  for (Kept& kept : kept_) co_await remember(kept);
}

Task<void> Certificates::remember(Kept& kept) {
  if (kept.is_remembered || !kept.shown || !kept.refusal.empty() || kept.odd_since) co_return;
  // One with a fault is better than none, and no more.
  const bool is_fit = static_cast<bool>(kept.shown->identity.check(trusted_now()));
  auto keep = [last = last_, pair = kept.pair, pem = kept.shown->identity.pem(), is_fit]() -> Result<void> {
    if (!is_fit && last.have(pair)) return {};
    return last.keep(pair, pem);
  };
  const auto done = co_await offload(pool_, std::move(keep));
  kept.is_remembered = static_cast<bool>(done);
  const std::string trouble = done ? std::string() : done.error().detail;
  if (!done && kept.remember_trouble != trouble)
    log::warning("the certificate was not kept for a start without it", {{"detail", trouble}});
  kept.remember_trouble = trouble;
}

}  // namespace leafgate
