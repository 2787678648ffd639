#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/ctl/frame.hpp"
#include "gateway/ctl/reading.hpp"

// What `watch` shows on a terminal: samples and events in, lines out. Pure: no clock, no terminal, no socket.
namespace leafgate::ctl {

// One look at the daemon.
struct WatchFigures {
  std::string name;  // "gw12 at plant-3 (line=A)"
  std::string clock;
  std::int64_t ready = 0;  // would be answered if the uplink went now
  std::int64_t not_ready = 0;
  std::int64_t connections = 0;
  std::vector<std::pair<std::string, std::int64_t>> leaves;  // by state
  std::vector<std::pair<std::string, std::int64_t>> queue;   // by state
  std::int64_t oldest_seconds = 0;
  bool up = true;
  std::string since;  // RFC 3339; empty while unknown
  std::string address;
  std::int64_t pace = 0;
  // Since the daemon started.
  double attempts = 0;
  double from_cache = 0;
  double forwarded = 0;
  double refused = 0;
  std::vector<std::pair<std::string, std::string>> degraded;  // code and consequence
};

// From GET /v1/status and /metrics; what one of them lacks is left at nothing.
[[nodiscard]] WatchFigures figures_of(const View& status, std::string_view metrics);

struct WatchEvent {
  std::string at;    // "14:03:12"
  std::string kind;  // "attempt", "door", ...
  std::string what;  // registrationId with what people call it, else address
  std::string source;
  std::string reason;
  std::string detail;
  bool refused = false;
  bool labelled = false;  // `what` has more than an id
};

// `kind` and data of a server-sent event.
[[nodiscard]] WatchEvent event_of(std::string_view kind, const View& data);

class WatchModel {
 public:
  static constexpr std::size_t samples_kept = 60;
  static constexpr std::size_t events_kept = 200;

  // `apart`: since the look before; counts become rates by it.
  void take(WatchFigures figures, Seconds apart);
  void take(WatchEvent event);
  void lose(std::string why);  // the daemon does not answer; the next look ends that

  struct Rate {
    std::string_view name;
    std::deque<double> values;  // a second; oldest first
  };
  [[nodiscard]] const std::optional<WatchFigures>& figures() const { return figures_; }
  [[nodiscard]] const std::vector<Rate>& rates() const { return rates_; }
  [[nodiscard]] const std::deque<WatchEvent>& events() const { return events_; }      // newest first
  [[nodiscard]] const std::deque<WatchEvent>& refusals() const { return refusals_; }  // newest first
  [[nodiscard]] const std::string& lost() const { return lost_; }                     // empty: it answers

 private:
  std::optional<WatchFigures> figures_;
  std::vector<Rate> rates_{{"registering", {}}, {"from cache", {}}, {"forwarded", {}}, {"refused", {}}};
  std::deque<WatchEvent> events_;
  std::deque<WatchEvent> refusals_;
  std::string lost_;
};

// What the keys have made of the view.
class WatchView {
 public:
  WatchModel model;
  std::string filter;  // parts of id, source or reason, in lower case

  // The octets of one read from the keyboard. False: the user wants to leave.
  [[nodiscard]] bool press(std::string_view octets);
  // Exactly look.rows lines.
  [[nodiscard]] std::vector<std::string> frame(const FrameLook& look) const;

 private:
  void type(std::string_view octets);
  [[nodiscard]] const WatchModel& shown() const { return frozen_ ? *frozen_ : model; }

  std::optional<WatchModel> frozen_;   // while paused
  std::optional<std::string> typing_;  // the filter that is being typed
  bool help_ = false;
};

}  // namespace leafgate::ctl
