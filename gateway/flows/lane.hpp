#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "gateway/flows/dated.hpp"
#include "gateway/flows/service_verdict.hpp"
#include "gateway/ports/link.hpp"
#include "gateway/runtime/backoff.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// The state of the way to the service as its answers tell it: circuit breaker, probes, and whether a refusal
// is one leaf's or everybody's (semantics §4). A 401, 403 or 404 to a token whose key was verified here says
// nothing by itself: an IP filter, a wrong scope and an inspecting proxy say it to all. Nor does an answer
// that makes no sense, be it a portal's or what one leaf alone is told. Two leaves that hear such things with
// no success between: the lane pauses, nobody is blamed. Pure: time is passed in. First loop only.
class Lane {
 public:
  // What an answer changed for everybody.
  enum class Turn { none, down, renamed, up, refusals_over };
  struct Moment {
    TimePoint now;
    WallTime wall;
    // Since when, where the last run ended in an outage and the service has not been heard since.
    std::optional<WallTime> away_since{};
  };
  // One registration that was sent.
  struct Sent {
    std::uint64_t number = 0;     // as send() gave it
    std::string_view leaf;        // its registration key
    bool refused_before = false;  // it was among the refused of a pause that is over: says nothing of others
  };

  explicit Lane(std::function<std::uint64_t()> chance);

  // A registration goes out. Numbers rise, so that what was sent after a refusal can be told from what was
  // on its way already.
  std::uint64_t send() { return ++sent_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

  Turn heard(const ServiceVerdict& verdict, const Sent& sent, Moment at);
  // An empty connection came about; or did not, for this reason.
  Turn connected(Moment at);
  Turn missed(Reason reason, Moment at);

  // Whether a leaf that was sent after `number` has been assigned: then a refusal that was heard when
  // `number` was the newest, and is heard again, is that leaf's own.
  [[nodiscard]] bool assigned_after(std::uint64_t number) const { return assigned_ > number; }
  // How many leaves were refused, or heard what makes no sense, since the last one was not; counted up to
  // most_refused.
  [[nodiscard]] std::size_t refused() const { return refused_.size(); }
  [[nodiscard]] bool refuses_everybody() const { return link_.reason == Reason::service_refuses_everybody; }
  // What says 202 or 401 to everything is reached, but is no service until an operation came to its end.
  [[nodiscard]] bool needs_a_good_end() const;

  // Without its times, which told() gives by the calendar of now.
  [[nodiscard]] const LinkState& link() const { return link_; }
  [[nodiscard]] LinkState told(TimePoint now, WallTime wall) const;
  void start(TimePoint now, WallTime wall) { turned_ = {wall, now}; }
  [[nodiscard]] bool one_at_a_time() const { return probing_; }
  [[nodiscard]] TimePoint closed_until() const { return closed_until_; }

  static constexpr std::size_t most_refused = 8;

 private:
  Turn refusals_over(Moment at);
  Turn reached(Moment at);
  Turn trouble(Reason reason, Moment at);
  void close(Moment at);
  void doubt(const Sent& sent);

  Backoff backoff_;
  LinkState link_;
  Dated turned_;  // up or down
  Dated named_;   // for this reason
  TimePoint closed_until_{};
  bool probing_ = false;
  int troubles_in_a_row_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t assigned_ = 0;     // the newest number that came to a good end
  std::set<std::string> refused_;  // or answered without sense: leaves, since the last good end
  // The newest that was out at the newest refusal: a good end of it or of older ones tells nothing of now.
  std::uint64_t doubtful_until_ = 0;
};

}  // namespace leafgate
