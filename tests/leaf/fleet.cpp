#include "tests/leaf/fleet.hpp"

#include <algorithm>

namespace leafgate::leaf {
namespace asio = boost::asio;
using nlohmann::json;
using Verdict = Outcome::Verdict;
namespace {

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

// Three digits behind the point are enough for a table.
double rounded(double value) { return static_cast<double>(static_cast<long>(value * 1000)) / 1000; }

}  // namespace

Fleet::Fleet(asio::io_context& io, asio::ssl::context& context, const Link& link, const FleetPlan& plan,
             Journal& journal)
    : io_(io), context_(context), link_(link), plan_(plan), journal_(journal) {}

LeafSettings Fleet::settings_of(int index) const {
  LeafSettings settings;
  settings.id_scope = plan_.id_scope;
  settings.registration_id = plan_.id_prefix + std::to_string(plan_.first + index);
  settings.device_key =
      plan_.group_key.empty() ? plan_.device_key : derive_key(plan_.group_key, settings.registration_id);
  settings.family = plan_.families[static_cast<std::size_t>(index) % plan_.families.size()];
  settings.payload = plan_.payload;
  settings.qos = plan_.qos;
  settings.sr = plan_.sr;
  settings.direct_only = plan_.direct_only;
  return settings;
}

asio::ip::address Fleet::source_of(int index) const {
  if (plan_.sources == 0) return asio::ip::address_v4();
  const auto n = static_cast<std::uint32_t>(index % plan_.sources);
  // 127.1.0.1 onward, 250 to a /24: all of 127/8 is loopback.
  return asio::ip::address_v4(0x7f010001U + (n / 250U) * 256U + n % 250U);
}

void Fleet::launch() {
  const long visits = static_cast<long>(plan_.count) * plan_.repeat;
  while (running_ < plan_.concurrency && next_ < visits) {
    const int index = static_cast<int>(next_++ % plan_.count);
    ++running_;
    LeafSettings settings = settings_of(index);
    const std::string id = settings.registration_id;
    const auto done = [this, id](const Outcome& outcome, std::chrono::microseconds took) {
      note(id, outcome, took);
      --running_;
      // Not from here: a row of leaves that fail at once would recurse.
      asio::post(io_, [this] { launch(); });
    };
    std::make_shared<Device>(io_.get_executor(), context_, link_, source_of(index), std::move(settings),
                             journal_, done)
        ->start();
  }
}

void Fleet::note(const std::string& id, const Outcome& outcome, std::chrono::microseconds took) {
  ++verdicts_[outcome.verdict];
  if (outcome.verdict == Verdict::assigned || outcome.verdict == Verdict::waiting) {
    millis_.push_back(static_cast<double>(took.count()) / 1000);
  }
  if (outcome.verdict == Verdict::assigned) {
    if (outcome.direct) ++direct_;
    const std::string result = outcome.hub + " " + outcome.device_id;
    const auto [at, first] = told_.emplace(id, result);
    if (!first && std::exchange(at->second, result) != result) ++changed_;
  }
  if (outcome.verdict == Verdict::refused) {
    ++refusals_[outcome.connack != 0          ? "connack-" + std::to_string(outcome.connack)
                : outcome.status == "refused" ? std::to_string(outcome.http_status)
                                              : outcome.status];
  }
  if (outcome.verdict == Verdict::broken || outcome.verdict == Verdict::no_answer)
    ++failures_[outcome.message];
}

json Fleet::run() {
  const auto begin = std::chrono::steady_clock::now();
  launch();
  io_.run();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::sort(millis_.begin(), millis_.end());
  const auto count = [this](Verdict verdict) {
    const auto at = verdicts_.find(verdict);
    return at == verdicts_.end() ? 0L : at->second;
  };
  return {{"leaves", plan_.count},
          {"visits", next_},
          {"assigned", count(Verdict::assigned)},
          {"direct", direct_},
          {"waiting", count(Verdict::waiting)},
          {"refused", count(Verdict::refused)},
          {"noAnswer", count(Verdict::no_answer)},
          {"broken", count(Verdict::broken)},
          {"acked", journal_.acked()},
          {"connectionsLost", journal_.losses()},
          {"changed", changed_},
          {"refusals", refusals_},
          {"failures", failures_},
          {"millis",
           {{"p50", rounded(percentile(millis_, 0.50))},
            {"p99", rounded(percentile(millis_, 0.99))},
            {"max", rounded(percentile(millis_, 1.0))}}},
          {"seconds", rounded(took.count())},
          {"perSecond", rounded(static_cast<double>(millis_.size()) / took.count())}};
}

int Fleet::exit_status() const {
  if (verdicts_.contains(Verdict::broken)) return 4;
  if (verdicts_.contains(Verdict::no_answer)) return 3;
  return verdicts_.contains(Verdict::refused) ? 1 : 0;
}

}  // namespace leafgate::leaf
