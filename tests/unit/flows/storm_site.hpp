#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/fakes/site.hpp"

namespace leafgate {

// A site whose service counts what it is asked as DPS does: more than `quota` registrations in any minute,
// wherever it begins, are answered with 429; and whose leaves come by the thousand.
class StormSite : public Site {
 public:
  struct Leaf {
    std::string id;
    ClientFamily family = ClientFamily::unknown;
    std::string token;
    std::optional<OperationId> operation;
    bool stays = false;  // polls until it is assigned
    bool settled = false;
    TimePoint settled_at{};
  };

  std::size_t quota = 1'000;
  std::vector<Leaf> leaves;
  int throttled = 0;
  int second_tries = 0;                         // of an id whose operation was open still at the service
  int mistreated = 0;                           // leaves told to wait for what their SDK does not obey
  std::map<std::int64_t, int> polls_in_second;  // of leaves that can be told to come seldom

  explicit StormSite(double pace = 1'000) {
    stop();
    options.registrations_per_minute = pace;
    start();
    service.attest = [this](const RegistrationId& id, const RegistrationRequest&, const std::string&) {
      return count(id.key());
    };
    service.hub_key = [this](const RegistrationId& id) {
      open_.erase(id.key());
      return std::string();
    };
  }

  static std::string name(std::size_t n) {
    const std::string digits = std::to_string(n);
    return "leaf-" + std::string(5 - digits.size(), '0') + digits;
  }

  void enroll_many(std::size_t count) {
    for (std::size_t n = 0; n < count; ++n) enroll(name(n));
  }

  // All of them register now; every `of`th stays, of each family in turn.
  void come(std::size_t count, std::size_t of) {
    static constexpr std::array families{ClientFamily::unknown, ClientFamily::c,      ClientFamily::node,
                                         ClientFamily::python,  ClientFamily::csharp, ClientFamily::java};
    for (std::size_t n = 0; n < count; ++n) {
      Leaf leaf;
      leaf.id = name(n);
      leaf.stays = n % of == of - 1;
      leaf.family = families.at(n / of % families.size());
      leaf.token = token(leaf.id, "the primary key of it", std::chrono::hours(24));
      leaves.push_back(std::move(leaf));
      ask(leaves.back());
    }
  }

  // Goes on until then; who stays polls when it was told to.
  void run_until(TimePoint end) {
    while (!due_.empty() && due_.begin()->first <= end) {
      const auto [at, number] = *due_.begin();
      due_.erase(due_.begin());
      if (at > simulator.now()) simulator.run_for(at - simulator.now());
      const Leaf& leaf = leaves.at(number);
      if (obeyed_by(leaf.family).most > Seconds(5)) ++polls_in_second[second_of(simulator.now())];
      ask(leaves.at(number));
    }
    if (end > simulator.now()) simulator.run_for(end - simulator.now());
  }
  static std::int64_t second_of(TimePoint at) {
    return std::chrono::floor<Seconds>(at.time_since_epoch()).count();
  }
  void run_for_all(Millis span) { run_until(simulator.now() + span); }

  void kill_and_start() {
    restart();
    open_.clear();  // what it had begun there it cannot know
  }

  // Of what it was asked, and of what it took.
  [[nodiscard]] std::size_t worst_minute() const { return worst(service.register_times); }
  [[nodiscard]] std::size_t worst_minute_taken() const { return worst(taken_); }

  [[nodiscard]] std::size_t settled_here() const {
    std::size_t count = 0;
    for (const auto& [key, record] : registrations.records)
      if (record.registration.assignment) ++count;
    return count;
  }

 private:
  void ask(Leaf& leaf) {
    Attempt a = attempt(leaf.id, leaf.token);
    a.family = leaf.family;
    a.operation = leaf.operation;
    const Answer answer = admit(std::move(a));
    const RetryBounds bounds = obeyed_by(leaf.family);
    const bool waits = answer.status == 202;
    if (waits && (answer.retry_after < bounds.least || answer.retry_after > bounds.most)) ++mistreated;
    if (waits) leaf.operation = answer.operation;
    if (!waits) leaf.operation.reset();  // as SDKs do that are told 404: anew
    leaf.settled = answer.status == 200 && answer.registration_status == RegistrationStatus::assigned;
    if (leaf.settled) leaf.settled_at = simulator.now();
    if (leaf.settled || !leaf.stays) return;
    const Seconds wait = waits ? answer.retry_after : Seconds(3);
    due_.emplace(simulator.now() + wait, static_cast<std::size_t>(&leaf - leaves.data()));
  }

  std::optional<ServiceAnswer> count(const std::string& key) {
    const TimePoint now = LoopClock::now();
    while (!minute_.empty() && now - minute_.front() >= std::chrono::minutes(1)) minute_.pop_front();
    if (minute_.size() >= quota) {
      ++throttled;
      ServiceAnswer answer = FakeProvisioningService::refusal(429, 429001);
      answer.retry_after =
          std::chrono::ceil<Seconds>(minute_.front() + std::chrono::minutes(1) - now) + Seconds(1);
      return answer;
    }
    minute_.push_back(now);
    taken_.push_back(now);
    if (!open_.insert(key).second) ++second_tries;
    return std::nullopt;
  }

  static std::size_t worst(const std::vector<TimePoint>& times) {
    std::size_t most = 0;
    for (std::size_t begin = 0, end = 0; end < times.size(); ++end) {
      while (times[end] - times[begin] >= std::chrono::minutes(1)) ++begin;
      most = std::max(most, end - begin + 1);
    }
    return most;
  }

  std::multimap<TimePoint, std::size_t> due_;
  std::deque<TimePoint> minute_;
  std::vector<TimePoint> taken_;
  std::set<std::string> open_;
};

}  // namespace leafgate
