#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "adapters/serial/tty_device.hpp"
#include "tests/fakes/pty.hpp"
#include "tests/fakes/watched_port.hpp"
#include "tests/unit/serial/noise.hpp"

namespace leafgate::serial {

// The slave of a pseudo terminal, whose writer can be made to wait.
class Stall {
 public:
  Stall(const Executor& executor, const Pty& pty)
      : executor_(executor),
        slave_(::open(pty.path().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)),
        over_(executor) {}

  void begin(LoopClock::duration span) {
    if (std::exchange(is_on_, true)) return;
    ++count;
    ::tcflow(slave_.get(), TCOOFF);
    spawn(executor_, end_at(LoopClock::now() + span));
  }
  void stop() { over_.notify(); }
  [[nodiscard]] bool is_on() const { return is_on_; }

  std::uint64_t count = 0;

 private:
  Task<void> end_at(TimePoint when) {
    co_await over_.wait_until(when);
    ::tcflow(slave_.get(), TCOON);
    is_on_ = false;
  }

  const Executor executor_;
  const Descriptor slave_;  // open all the time, so that the master never hears of a hang-up
  Wakeup over_;
  bool is_on_ = false;
};

struct PtyTally {
  LineFacts facts;  // of all lines
  WayTally wire;
  Numbered up, down;
  Bursts bursts;
  std::uint64_t stalls = 0;
  WriteTally writes;
  LoopClock::duration took{};

  [[nodiscard]] std::uint64_t frames() const { return facts.frames_sent + facts.frames_received; }
};

// The gateway's line on the slave of one pseudo terminal, a leaf on the slave of another, and the noise
// between their masters. Real time.
class NoisyPtyLine {
 public:
  // Leaf and link outlive it.
  NoisyPtyLine(const Executor& executor, const PtyFaults& faults, std::uint64_t seed, LeafEnd& leaf,
               LeafLink& link)
      : executor_(executor),
        faults_(faults),
        leaf_(leaf),
        down_(executor, gateway_end_.master(), leaf_end_.master(), faults, 2 * seed),
        up_(executor, leaf_end_.master(), gateway_end_.master(), faults, 2 * seed + 1),
        gateway_stall_(executor, gateway_end_),
        leaf_stall_(executor, leaf_end_) {
    down_.passes = [this](const Bytes& frame) {
      if (faults_.echo) up_.put(frame);
      if (down_.happens(faults_.stalled)) leaf_stall_.begin(milliseconds(5 + down_.random() % 400));
    };
    up_.passes = [this](const Bytes&) {
      if (up_.happens(faults_.stalled)) gateway_stall_.begin(milliseconds(5 + up_.random() % 400));
      if (up_.happens(faults_.wedged)) gateway_stall_.begin(milliseconds(1100 + up_.random() % 400));
    };
    down_.must_be_heard = is_for_one_leaf;
    up_.must_be_heard = [](const Bytes&) { return true; };
    open_leaf();
    std::vector<LineConfig> configs(1);
    configs[0] = config_of(gateway_end_);
    const auto device_of = [this](const Executor&, const LineConfig& config) -> std::unique_ptr<Device> {
      return std::make_unique<WatchedDevice>(*this, config);
    };
    lines_ = std::make_unique<SerialLines>(executor, configs, device_of, link, NameOf());
  }

  void start() {
    spawn(executor_, down_.carry());
    spawn(executor_, up_.carry());
    spawn(executor_, be_leaf());
    lines_->start();
  }
  // To be awaited before destruction.
  Task<void> stop() {
    gateway_stall_.stop();
    co_await lines_->stop();
    is_leaf_over_ = true;
    leaf_stall_.stop();
    leaf_port_->interrupt();
    down_.stop();
    up_.stop();
    while (!has_ended()) co_await sleep_for(milliseconds(1));
  }

  [[nodiscard]] LineFacts facts() const { return lines_->lines().front(); }
  void tell(PtyTally& all) const {
    const LineFacts own = facts();
    all.facts.frames_sent += own.frames_sent;
    all.facts.frames_received += own.frames_received;
    all.facts.frames_bad += own.frames_bad;
    all.facts.retries += own.retries;
    all.facts.leaves_lost += own.leaves_lost;
    all.facts.messages_heard += own.messages_heard;
    all.writes.slow += writes_.slow;
    all.writes.failed += writes_.failed;
    all.stalls += gateway_stall_.count + leaf_stall_.count;
    for (const NoisyWay* const way : {&down_, &up_}) {
      all.wire.add(way->tally());
      all.bursts.heard += way->bursts.heard;
      all.bursts.missed += way->bursts.missed;
      all.bursts.undecided += way->bursts.undecided;
    }
  }

 private:
  // Opened again after what was in it was thrown away.
  class WatchedDevice final : public Device {
   public:
    WatchedDevice(NoisyPtyLine& line, const LineConfig& config)
        : line_(line), device_(open_tty(line.executor_, config)) {}
    Result<std::unique_ptr<BytePort>> open() override {
      auto port = device_->open();
      if (!port) return port;
      Bursts& bursts = line_.up_.bursts;
      bursts.is_off = std::exchange(was_open_, true);
      bursts.ahead.clear();
      const auto sounded = [&line = line_] { return line.facts().frames_received; };
      return std::unique_ptr<BytePort>(
          std::make_unique<WatchedPort>(std::move(*port), bursts, line_.writes_, sounded));
    }
    void watch(std::function<void()> changed) override { device_->watch(std::move(changed)); }
    void unwatch() override { device_->unwatch(); }

   private:
    NoisyPtyLine& line_;
    const std::unique_ptr<Device> device_;
    bool was_open_ = false;
  };

  static LineConfig config_of(const Pty& pty) {
    LineConfig config;
    config.name = pty.path();
    config.path = pty.path();
    config.baud = 4'000'000;  // a terminal has none; waiting for frames to pass is not what is tested
    config.lock_folder.clear();
    return config;
  }
  void open_leaf() {
    TtyDevice device(executor_, config_of(leaf_end_));
    auto port = device.open();
    if (!port) throw std::runtime_error(port.error().detail);
    const auto sounded = [this] { return answers_; };
    leaf_port_ = std::make_unique<WatchedPort>(std::move(*port), down_.bursts, writes_, sounded);
  }
  // A leaf that was given an address answers these, whatever they say.
  static bool is_for_one_leaf(const Bytes& octets) {
    const auto decoded = decode(ByteView(octets).subspan(1, octets.size() - 2), Direction::to_leaf);
    const Frame* const frame = std::get_if<Frame>(&decoded);
    return frame != nullptr && (frame->type == FrameType::poll || frame->type == FrameType::data);
  }

  Task<void> be_leaf() {
    Bytes room(512);
    while (!is_leaf_over_) {
      const auto got = co_await leaf_port_->read_some(room, LoopClock::now() + seconds(3600));
      if (!got) break;
      const Bytes said = leaf_.hear(ByteView(room).first(*got), LoopClock::now());
      if (said.empty()) continue;
      ++answers_;
      const auto put = co_await leaf_port_->write(said, LoopClock::now() + seconds(10));
      if (!put) break;
    }
    has_leaf_ended_ = true;
  }
  [[nodiscard]] bool has_ended() const {
    return has_leaf_ended_ && down_.has_ended() && up_.has_ended() && !gateway_stall_.is_on() &&
           !leaf_stall_.is_on();
  }

  const Executor executor_;
  const PtyFaults faults_;
  LeafEnd& leaf_;
  Pty gateway_end_;
  Pty leaf_end_;
  NoisyWay down_;
  NoisyWay up_;
  Stall gateway_stall_;
  Stall leaf_stall_;
  std::unique_ptr<BytePort> leaf_port_;
  std::unique_ptr<SerialLines> lines_;
  WriteTally writes_;  // of both ends
  std::uint64_t answers_ = 0;
  bool is_leaf_over_ = false;
  bool has_leaf_ended_ = false;
};

// Runs the loop of lines that were made for it: starts them, goes on until `is_over` or for so long at most,
// then calls `look` and stops them.
template <class F, class G>
void run_lines(boost::asio::io_context& loop, const std::vector<std::unique_ptr<NoisyPtyLine>>& lines,
               LoopClock::duration most, F is_over, G look) {
  const auto go_on = [&loop](auto is_enough, LoopClock::duration span) {
    const TimePoint until = LoopClock::now() + span;
    while (!is_enough() && LoopClock::now() < until) {
      loop.restart();
      loop.run_for(milliseconds(20));
    }
  };
  for (const auto& line : lines) line->start();
  go_on(is_over, most);
  look();
  std::size_t stopped = 0;
  const auto end = [](NoisyPtyLine& line, std::size_t& into) -> Task<void> {
    co_await line.stop();
    ++into;
  };
  for (const auto& line : lines) spawn(loop.get_executor(), end(*line, stopped));
  go_on([&] { return stopped == lines.size(); }, seconds(20));
  if (stopped < lines.size()) throw std::runtime_error("a line does not end");
}

// Everything that a line can suffer. Every other line echoes; the ports of every tenth are given up now and
// then.
inline PtyFaults faults_of(std::size_t line) {
  PtyFaults faults;
  faults.bit_error = 1e-4;
  faults.lost = faults.lost_octet = 0.002;
  faults.twice = faults.delayed = 0.02;
  faults.split = 0.05;
  faults.held_back = 0.005;
  faults.stalled = 0.003;
  faults.burst = 0.01;
  faults.echo = line % 2 == 1;
  faults.wedged = line % 10 == 9 ? 0.002 : 0;
  return faults;
}

// Lines side by side, as a lost frame costs the line it is lost on a quarter of a second; until all have sent
// and heard so many frames together, or have had their time.
inline PtyTally talk_over_ptys(std::size_t count, std::uint64_t frames, std::uint64_t seed,
                               LoopClock::duration most) {
  boost::asio::io_context loop(1);
  std::vector<std::unique_ptr<Talkers>> talkers;
  std::vector<std::unique_ptr<NoisyPtyLine>> lines;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t own = seed * 1000 + i;
    talkers.push_back(std::make_unique<Talkers>(own, std::uint8_t{64}));
    Talkers& both = *talkers.back();
    lines.push_back(
        std::make_unique<NoisyPtyLine>(loop.get_executor(), faults_of(i), own, both.leaf, both.link));
  }
  const auto is_over = [&] {
    std::uint64_t sum = 0;
    for (const auto& line : lines) sum += line->facts().frames_sent + line->facts().frames_received;
    return sum >= frames;
  };
  PtyTally tally;
  const TimePoint begin = LoopClock::now();
  const auto look = [&] {
    tally.took = LoopClock::now() - begin;
    for (const auto& line : lines) line->tell(tally);
    for (const auto& both : talkers) {
      tally.up.add(both->link.got);
      tally.down.add(both->script.got);
    }
  };
  run_lines(loop, lines, most, is_over, look);
  lines.clear();
  loop.restart();
  loop.poll();
  return tally;
}

// Whatever happened, nothing false was accepted and nothing done twice; and the frame behind each burst of
// garbage was heard.
inline void expect_sound(const PtyTally& tally, std::uint64_t frames) {
  const WayTally& wire = tally.wire;
  const std::uint64_t missing = tally.up.missing + tally.down.missing;
  std::cout << tally.frames() << " frames in " << tally.took / milliseconds(1) << " ms, bit errors "
            << static_cast<double>(wire.wrong_bits) / (8.0 * static_cast<double>(wire.octets))
            << " of the bits; " << tally.facts.frames_bad << " bad at the gateway, " << tally.facts.retries
            << " retries, " << tally.facts.leaves_lost << " times lost; messages " << tally.up.count << " up "
            << tally.down.count << " down, " << missing << " of lost leaves\n"
            << "  injected: " << wire.lost << " lost, " << wire.twice << " twice, " << wire.split
            << " split at " << wire.split_at.count() << " offsets, " << wire.merged << " merged, "
            << wire.delayed << " delayed, " << tally.stalls << " stalls (" << tally.writes.slow
            << " writes waited, " << tally.writes.failed << " were given up); bursts: " << tally.bursts.heard
            << " frames behind them heard, " << tally.bursts.missed << " missed, " << tally.bursts.undecided
            << " undecided\n";
  EXPECT_GE(tally.frames(), frames);
  EXPECT_EQ(tally.up.wrong + tally.down.wrong, 0U);
  EXPECT_EQ(tally.up.repeated + tally.down.repeated, 0U);
  EXPECT_LE(missing, 4 * tally.facts.leaves_lost);
  EXPECT_EQ(tally.bursts.missed, 0U);
  EXPECT_GT(tally.bursts.heard, frames / 400);
  EXPECT_LT(tally.bursts.undecided, tally.bursts.heard);
  // That all of it happened, and messages went through nevertheless.
  EXPECT_GT(tally.up.count, frames / 20);
  EXPECT_GT(tally.down.count, frames / 20);
  EXPECT_GT(tally.facts.frames_bad, frames / 200);
  EXPECT_GT(wire.wrong_bits, wire.octets * 8 / 12'500);
  EXPECT_GT(wire.lost, frames / 1'000);
  EXPECT_GT(wire.twice, frames / 100);
  EXPECT_GT(wire.delayed, frames / 100);
  EXPECT_GT(wire.merged, frames / 1'000);
  EXPECT_GT(tally.writes.slow, frames / 1'000);
  EXPECT_GE(wire.split_at.count(), 50U);
}

}  // namespace leafgate::serial
