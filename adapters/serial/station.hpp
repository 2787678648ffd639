#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "adapters/serial/carrier.hpp"
#include "adapters/serial/fragments.hpp"
#include "adapters/serial/frame_body.hpp"
#include "adapters/serial/line_timing.hpp"
#include "adapters/serial/quality.hpp"

namespace leafgate::serial {

// A leaf of the line as the gateway sees it: what to ask it next and when, and what its answers mean. Pure
// but for the clock that it is told. Its question stays the same until it is answered or the leaf is lost.
class Station {
 public:
  // `quality` is what is known of the way to this leaf from before.
  Station(std::uint8_t address, const Hello& hello, const Quality& quality, std::shared_ptr<Carrier> carrier);

  [[nodiscard]] std::uint8_t address() const { return address_; }
  [[nodiscard]] const Hello& hello() const { return hello_; }
  [[nodiscard]] const Quality& quality() const { return quality_; }
  [[nodiscard]] const std::shared_ptr<Carrier>& carrier() const { return carrier_; }

  // When it is to be asked next. `rare` is the pause between polls of a leaf that has nothing open.
  [[nodiscard]] TimePoint due(LoopClock::duration rare) const;
  // Whether something is under way: half said, to be said, or waited for.
  [[nodiscard]] bool is_open(TimePoint now) const;

  // The question, the same as before if that was not answered. `number` counts the transactions of the
  // address; it survives the station.
  const Frame& ask(std::uint8_t& number);
  [[nodiscard]] std::size_t longest_answer() const;
  // A sound answer to it came; gives a message that is whole with it.
  std::optional<Bytes> answered(const Frame& answer, TimePoint now);
  // None did. False when the leaf is lost with it.
  [[nodiscard]] bool unanswered();
  // It answers, but nothing can be said to it any more.
  [[nodiscard]] bool is_broken() const;
  // It may have forgotten its address: it is not asked until it is found again.
  void unseat() { is_seated_ = false; }
  [[nodiscard]] bool is_seated() const { return is_seated_; }
  // The leaf was given its address anew: it forgot what was half said.
  void renew(const Hello& hello);

  [[nodiscard]] std::uint64_t retries() const { return retries_; }
  [[nodiscard]] std::optional<TimePoint> last_good() const { return last_good_; }

 private:
  std::optional<Bytes> polled(const Frame& answer, TimePoint now);
  void told(const Frame& answer, TimePoint now);
  void busy(const Nak& nak, TimePoint now);
  void begin_anew();
  [[nodiscard]] bool may_say() const;
  [[nodiscard]] bool is_urgent() const;
  [[nodiscard]] bool has_to_say() const { return cut_.has_value() || carrier_->has_mail(); }

  const std::uint8_t address_;
  Hello hello_;
  const std::shared_ptr<Carrier> carrier_;
  Quality quality_;
  bool is_seated_ = true;

  std::optional<Frame> question_;  // asked, and not answered yet
  int tries_ = 0;
  Assembly assembly_;
  std::optional<Cut> cut_;        // on its way to the leaf
  int restarts_ = 0;              // of it
  bool told_of_refusal_ = false;  // since it last took one
  bool must_confirm_ = false;     // only a POLL says that its fragment arrived
  bool is_busy_ = false;          // it said so: a POLL asks whether it still is
  bool has_yielded_ = false;      // it spoke again while there is something to say to it: it is our turn
  bool must_reset_ = false;       // the two ends do not agree on what is half said
  int resets_ = 0;                // since a message last went through

  TimePoint not_before_{};  // it is busy
  std::optional<TimePoint> last_talk_;
  std::optional<TimePoint> last_asked_;
  std::optional<TimePoint> last_good_;
  std::uint64_t retries_ = 0;
};

}  // namespace leafgate::serial
