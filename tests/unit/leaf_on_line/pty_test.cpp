#include "tests/unit/leaf_on_line/library_leaf.hpp"
#include "tests/unit/serial/pty_noise.hpp"

namespace leafgate::serial::pty_test {
namespace {

// One registration, on a line of its own.
struct Registration {
  explicit Registration(const std::string& conversation) : leaf(conversation), link(leaf.firmware) {
    leaf.haste = 4;  // it waits for seconds before it polls
    leaf.firmware.now = leaf.clock_at(LoopClock::now());
    if (leaf.firmware.start() != LEAFGATE_OK) throw std::runtime_error("the library does not take this leaf");
  }
  LibraryLeaf leaf;
  VectorLink link;
};

TEST(LibraryOnATerminal, registers_with_every_attestation_whatever_goes_wrong) {
  boost::asio::io_context loop(1);
  std::vector<std::unique_ptr<Registration>> all;
  std::vector<std::unique_ptr<NoisyPtyLine>> lines;
  for (const char* const conversation : {"symmetricKey-240", "x509-240", "tpm-240"}) {
    for (int i = 0; i < 12; ++i) {
      all.push_back(std::make_unique<Registration>(conversation));
      const std::size_t number = all.size();
      Registration& own = *all.back();
      PtyFaults faults = faults_of(number);
      faults.wedged = 0;  // a port that is opened again costs the leaf its attempt
      faults.burst = 0.1;
      lines.push_back(
          std::make_unique<NoisyPtyLine>(loop.get_executor(), faults, number, own.leaf, own.link));
    }
  }
  const auto are_told = [&] {
    return std::all_of(all.begin(), all.end(),
                       [](const auto& each) { return !each->leaf.firmware.told.empty(); });
  };
  PtyTally tally;
  const auto look = [&] {
    for (const auto& line : lines) line->tell(tally);
    for (const auto& each : all) {
      SCOPED_TRACE(each->leaf.firmware.conversation);
      EXPECT_EQ(each->link.names, (std::vector<std::string>{"register", "proof", "poll"}));
      EXPECT_EQ(each->link.losses, 0);
      ASSERT_EQ(each->leaf.firmware.told.size(), 1U);
      EXPECT_EQ(each->leaf.firmware.last().what, LEAFGATE_ASSIGNED);
    }
  };
  run_lines(loop, lines, seconds(40), are_told, look);
  lines.clear();
  loop.restart();
  loop.poll();
  EXPECT_GT(tally.facts.retries, 20U);
  EXPECT_GT(tally.bursts.heard, 50U);
  EXPECT_EQ(tally.bursts.missed, 0U);
  std::cout << tally.frames() << " frames, " << tally.facts.frames_bad << " bad, " << tally.facts.retries
            << " retries, " << tally.bursts.heard << " heard behind bursts\n";
}

}  // namespace
}  // namespace leafgate::serial::pty_test
