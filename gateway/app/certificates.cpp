#include "gateway/app/certificates.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "gateway/flows/degraded.hpp"
#include "gateway/runtime/log.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate {
namespace {

constexpr Millis patience = std::chrono::minutes(1);    // for files that look half written
constexpr Millis look_soon = std::chrono::seconds(10);  // while there are such, or none to show
constexpr std::chrono::hours tell_ending_every(24);

std::string name_of(const CertificatePair& pair) {
  return pair.server_name.empty() ? "main" : pair.server_name;
}

std::string when(const crypto::CertificateInfo& info, WallTime now) {
  const std::int64_t days = info.days_left(now);
  if (now >= info.not_after) return "ended at " + to_rfc3339(info.not_after);
  return "ends in " + std::to_string(days) + (days == 1 ? " day" : " days");
}

DegradedMode expiring(const std::string& file, const crypto::CertificateInfo& info, WallTime now,
                      const std::string& then) {
  const Millis early = std::min<Millis>((info.not_after - info.not_before) / 10, std::chrono::days(30));
  return degraded(Reason::certificate_expiring, file + " " + when(info, now) + "; " + then + " after its end",
                  info.not_after - early);
}

}  // namespace

WantedPairs wanted_pairs(const Config& config) {
  WantedPairs wanted;
  wanted.main.certificate = config.tls_certificate;
  wanted.main.key = config.tls_key;
  wanted.extra = config.tls_extra;
  if (!config.broker_uri.empty() && !config.broker_certificate.empty())
    wanted.broker = CertificatePair{"", config.broker_certificate, config.broker_key};
  wanted.watch = config.tls_watch;
  return wanted;
}

Certificates::Certificates(std::vector<Executor> loops, Executor pool, const WallClock& clock,
                           KeptCertificates last)
    : loops_(std::move(loops)),
      pool_(std::move(pool)),
      clock_(clock),
      last_(std::move(last)),
      tickets_(std::make_shared<crypto::TicketKeys>([] { return LoopClock::now().time_since_epoch(); })) {}

std::optional<WallTime> Certificates::trusted_now() const {
  const WallReading now = clock_.now();
  if (now.quality == ClockQuality::unsynced) return std::nullopt;
  return now.at;
}

Result<LoadedPair> Certificates::read(const CertificatePair& pair) const {
  return load_pair(pair, loops_.size(), tickets_);
}

Task<void> Certificates::reload(WantedPairs wanted) {
  watch_ = wanted.watch;
  std::vector<Kept> next;
  std::size_t staying = 0;
  wanted.extra.insert(wanted.extra.begin(), std::move(wanted.main));
  for (CertificatePair& pair : wanted.extra) {
    const auto same_name = [&](const Kept& kept) { return kept.pair.server_name == pair.server_name; };
    const auto known = std::find_if(kept_.begin(), kept_.end(), same_name);
    if (known == kept_.end()) {
      next.emplace_back(std::move(pair));
      continue;
    }
    // Until the new files are found good, the old ones are shown.
    if (!(known->pair == pair)) known->stamp.reset();
    known->pair = std::move(pair);
    next.push_back(std::move(*known));
    ++staying;
  }
  const bool some_are_gone = staying < kept_.size();
  kept_ = std::move(next);
  if (some_are_gone) publish();
  co_await try_changed(false);
}

Task<void> Certificates::look() { return try_changed(true); }

Task<void> Certificates::try_changed(bool patient) {
  bool odd = false;
  bool another = false;
  for (Kept& kept : kept_) {
    // What was refused is tried again without a change: it may have become valid.
    const FileStamp stamp = stamp_of(kept.pair);
    const bool settled = kept.shown && kept.refusal.empty() && !kept.odd_since;
    if (!settled || !(stamp == kept.stamp)) {
      const auto try_it = [&kept, this] { return read(kept.pair); };
      auto tried = co_await offload(pool_, try_it);
      const bool same_files = stamp == kept.stamp;
      kept.stamp = stamp;
      another = judge(kept, std::move(tried), patient) || another;
      // That the same files are refused again is nothing new.
      if (!same_files || kept.refusal.empty()) kept.is_remembered = false;
    }
    odd = odd || kept.odd_since.has_value();
    tell_what_ends(kept);
  }
  if (another) publish();
  co_await look_at_broker();
  co_await remember();
  look_again_after(odd || are_missing());
}

void Certificates::look_again_after(bool soon) {
  look_again_at_ = LoopClock::now() + (soon ? std::min(watch_, look_soon) : watch_);
}

bool Certificates::judge(Kept& kept, Result<LoadedPair> tried, bool patient) {
  const TimePoint now = LoopClock::now();
  if (!tried && patient && looks_half_written(tried.error().code) && kept.refusal.empty()) {
    if (!kept.odd_since) kept.odd_since = now;
    if (now - *kept.odd_since < std::min(patience, watch_)) return false;
  }
  kept.odd_since.reset();
  auto fit = tried ? tried->identity.check(trusted_now()) : Result<void>(tried.error());
  // Without an older one it is shown nevertheless, as at a start.
  if (!fit && (!tried || kept.shown)) {
    refuse(kept, fit.error());
    return false;
  }
  tell_fault(kept, fit);
  kept.refusal.clear();
  if (kept.shown && kept.shown->identity.same_as(tried->identity)) {
    kept.shown_from = kept.pair.certificate;
    return false;
  }
  const crypto::CertificateInfo& info = tried->identity.info();
  log::notice(kept.shown ? "certificate changed" : "certificate found, leaves are shown it from now on",
              {{"pair", name_of(kept.pair)},
               {"subject", info.subject},
               {"days_left", info.days_left(clock_.now().at)}});
  show(kept, std::move(*tried), kept.pair.certificate);
  kept.told_ending_at.reset();
  return true;
}

void Certificates::show(Kept& kept, LoadedPair loaded, const std::string& from) {
  kept.shown = std::move(loaded);
  kept.shown_from = from;
}

void Certificates::refuse(Kept& kept, const Error& why) {
  if (kept.refusal == why.detail) return;
  kept.refusal = why.detail;
  kept.refused_at = clock_.now().at;
  if (!kept.shown && kept.is_main())
    return log::error("no certificate: leaves that come by TLS are turned away until this pair is whole",
                      {{"detail", kept.refusal}});
  log::warning(kept.shown ? "certificate refused, the old one stays"
                          : "certificate refused, the main one is shown for it",
               {{"pair", name_of(kept.pair)}, {"detail", kept.refusal}});
}

void Certificates::tell_fault(const Kept& kept, const Result<void>& fit) {
  if (!fit)
    log::warning("certificate with a fault", {{"pair", name_of(kept.pair)}, {"detail", fit.error().detail}});
}

// Each loop looks at its table alone, so each swaps it by itself.
void Certificates::publish() {
  {
    auto next = names();
    const std::lock_guard lock(names_mutex_);
    names_ = std::move(next);
  }
  for (std::size_t i = 0; i < loops_.size(); ++i)
    boost::asio::post(loops_[i], [this, i, next = table(i)]() mutable { tables_[i] = std::move(next); });
}

Certificates::Table Certificates::table(std::size_t loop) const {
  Table out;
  for (const Kept& kept : kept_) {
    if (!kept.shown) continue;
    auto& place = kept.pair.server_name.empty() ? out.main : out.extra[kept.pair.server_name];
    place = kept.shown->contexts[loop];
  }
  return out;
}

std::shared_ptr<crypto::TlsContext> Certificates::shown_to(std::string_view server_name,
                                                           std::size_t loop) const {
  const Table& of_loop = tables_[loop];
  const auto found = of_loop.extra.find(server_name);
  return found == of_loop.extra.end() ? of_loop.main : found->second;
}

TurnedAway Certificates::turned_away() const {
  if (!are_missing()) return TurnedAway::nobody;
  const bool any = std::any_of(kept_.begin(), kept_.end(), [](const Kept& kept) { return !!kept.shown; });
  return any ? TurnedAway::others : TurnedAway::all;
}

bool Certificates::are_for(std::string_view name) const {
  const std::lock_guard lock(names_mutex_);
  return names_.contains(name);
}

void Certificates::tell_what_ends(Kept& kept) const {
  if (kept.shown) tell_what_ends(kept.shown_from, kept.shown->identity.info(), kept.told_ending_at);
}

void Certificates::tell_what_ends(const std::string& file, const crypto::CertificateInfo& info,
                                  std::optional<TimePoint>& told_at) const {
  const auto now = trusted_now();
  if (!now || !info.ends_soon(*now)) return;
  if (told_at && LoopClock::now() - *told_at < tell_ending_every) return;
  told_at = LoopClock::now();
  log::warning(
      "certificate expiring",
      {{"reason", code(Reason::certificate_expiring)}, {"file", file}, {"days_left", info.days_left(*now)}});
}

std::set<std::string, std::less<>> Certificates::names() const {
  std::set<std::string, std::less<>> out;
  for (const Kept& kept : kept_) {
    if (!kept.shown) continue;
    if (!kept.pair.server_name.empty()) out.insert(kept.pair.server_name);
    for (const std::string& name : kept.shown->identity.info().names) out.insert(ascii_lower(name));
  }
  return out;
}

std::vector<std::pair<std::string, Millis>> Certificates::left() const {
  std::vector<std::pair<std::string, Millis>> out;
  const WallTime now = clock_.now().at;
  for (const Kept& kept : kept_) {
    const auto same_file = [&](const auto& told) { return told.first == kept.shown_from; };
    if (kept.shown && std::none_of(out.begin(), out.end(), same_file))
      out.emplace_back(kept.shown_from, kept.shown->identity.info().not_after - now);
  }
  // Without any of them nothing is told: who reads it takes that for leaves that are turned away.
  if (!out.empty() && of_broker_ && of_broker_->info)
    out.emplace_back(of_broker_->pair.certificate, of_broker_->info->not_after - now);
  return out;
}

std::vector<ShownCertificate> Certificates::shown() const {
  std::vector<ShownCertificate> out;
  const WallTime now = clock_.now().at;
  for (const Kept& kept : kept_) {
    if (!kept.shown) continue;
    const crypto::CertificateInfo& info = kept.shown->identity.info();
    ShownCertificate& row = out.emplace_back();
    row.file = kept.shown_from;
    row.server_name = kept.pair.server_name;
    row.names = info.names;
    row.left = info.not_after - now;
    row.ends_soon = info.ends_soon(now);
    row.pem = kept.shown->identity.pem();
  }
  return out;
}

// What leaves are shown while the files are not good.
std::string Certificates::instead_of(const Kept& kept) const {
  if (kept.shown) {
    const std::string from = kept.shown_from == kept.pair.certificate ? "" : ", " + kept.shown_from + ",";
    return "the one in use" + from + " " + when(kept.shown->identity.info(), clock_.now().at);
  }
  if (!kept.is_main()) return "leaves are shown the main certificate for " + kept.pair.server_name;
  return std::string("leaves that come by TLS are turned away until this pair is whole") +
         (kept_.size() > 1 ? ", but for names with a pair of their own" : "") +
         "; what passes through, lines and broker go on";
}

std::vector<DegradedMode> Certificates::troubles() const {
  std::vector<DegradedMode> out;
  const auto now = trusted_now();
  for (const Kept& kept : kept_) {
    if (!kept.refusal.empty()) {
      out.push_back(
          degraded(Reason::certificate_refused, kept.refusal + "; " + instead_of(kept), kept.refused_at));
    }
    if (!now || !kept.shown || !kept.shown->identity.info().ends_soon(*now)) continue;
    out.push_back(expiring(kept.shown_from, kept.shown->identity.info(), *now, "leaves refuse this gateway"));
  }
  if (now && of_broker_ && of_broker_->info && of_broker_->info->ends_soon(*now))
    out.push_back(
        expiring(of_broker_->pair.certificate, *of_broker_->info, *now, "the broker refuses this gateway"));
  return out;
}

}  // namespace leafgate
