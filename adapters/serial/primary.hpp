#pragma once

#include <functional>
#include <optional>
#include <string>

#include "adapters/serial/asker.hpp"
#include "adapters/serial/discovery.hpp"
#include "adapters/serial/line_config.hpp"
#include "adapters/serial/stations.hpp"

namespace leafgate::serial {

// What a message's leaf calls itself, for people; empty when it does not say. The line itself reads none.
using NameOf = std::function<std::string(ByteView message)>;

// The gateway's part on an open line: the only one that asks. What it knows of the leaves outlives the port.
class Primary {
 public:
  // `wake` is called when there is something to say. `config` and `link` outlive it.
  Primary(const LineConfig& config, LeafLink& link, NameOf name_of, std::function<void()> wake);

  enum class End {
    asked,     // by end()
    idle,      // hold = window: there is no more work
    babbling,  // something else talks
    gone,      // the device
    stalled,   // it takes no octets
  };
  // Begins anew with all leaves of the line and goes on until one of these.
  Task<End> converse(BytePort& port);
  // Listens without asking. Idle: it was quiet.
  Task<End> look_whether_quiet(BytePort& port);
  // Lets converse() return soon, once.
  void end() { is_to_end_ = true; }

  [[nodiscard]] bool has_mail() const { return stations_.has_mail(); }
  [[nodiscard]] bool has_leaves() const { return stations_.size() != 0; }
  void lose_all() { stations_.lose_all(LoopClock::now()); }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }  // why the device was given up
  void tell(LineFacts& facts) const;

 private:
  // What a turn may tell: nothing, go on; else the end.
  using Step = std::optional<End>;
  Task<Step> begin(Asker& asker);
  Task<Step> take_turn(Asker& asker);
  Task<Step> serve(Asker& asker, Station& station);
  Task<Step> search(Asker& asker);
  Task<Step> recall(Asker& asker, std::uint8_t address);
  Task<Step> enlist(Asker& asker, Asker::Greeting greeting);
  Task<Step> mute(Asker& asker, std::uint8_t address);
  // Asks up to three times what only newcomers are asked; the answer, if there was one.
  Task<Result<std::optional<Frame>>> insist(Asker& asker, Frame question);
  [[nodiscard]] Step failed(const Error& error);
  [[nodiscard]] bool is_search_due(TimePoint now) const;
  void search_over(TimePoint now);
  [[nodiscard]] LoopClock::duration rare() const;
  [[nodiscard]] bool is_work_done(TimePoint now) const;
  void hear(Station& station, Bytes message);

  const LineConfig& config_;
  LeafLink& link_;
  const NameOf name_of_;
  const LineTiming timing_;
  Stations stations_;
  Discovery discovery_;
  std::vector<std::uint8_t> to_recall_;  // before the next probe
  FrameCounts counts_;

  bool is_to_end_ = false;
  bool searched_last_ = false;  // the last turn went to the search
  TimePoint next_search_{};
  TimePoint begun_at_{};
  int first_searches_left_ = 0;  // since the port was opened
  LoopClock::duration empty_pause_{};
  bool told_of_twins_ = false;
  std::string trouble_;
  std::uint64_t messages_heard_ = 0;
  std::optional<TimePoint> last_good_;
  std::uint64_t retries_ = 0;
};

}  // namespace leafgate::serial
