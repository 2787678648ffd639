#include <gtest/gtest.h>

#include "adapters/serial/serial_lines.hpp"
#include "tests/fakes/serial_wire.hpp"
#include "tests/unit/leaf_on_line/library_leaf.hpp"

// The two ends of a line as they are shipped: the leaf library at one, the gateway's line at the other, and
// the messages of the vectors between them.
namespace leafgate::serial::registration_test {
namespace {

struct Case {
  const char* what;
  WireFaults faults;
  int baud;
  bool multidrop;
};

WireFaults with(double WireFaults::*fault, double share) {
  WireFaults faults;
  faults.*fault = share;
  return faults;
}
WireFaults echoing() {
  WireFaults faults;
  faults.echo = true;
  return faults;
}

void expect_registered(const std::string& conversation, const Case& on, std::uint64_t seed) {
  SCOPED_TRACE(conversation + ", " + on.what);
  Simulator sim(seed);
  LibraryLeaf leaf(conversation);
  VectorLink link(leaf.firmware);
  SerialWire wire(sim, on.baud, on.faults);
  wire.add(leaf);
  std::vector<LineConfig> configs(1);
  configs[0].name = "line1";
  configs[0].baud = on.baud;
  configs[0].multidrop = on.multidrop;
  const auto device_of = [&](const Executor&, const LineConfig&) { return wire.device(); };
  SerialLines lines(sim.executor(), configs, device_of, link, NameOf());
  leaf.firmware.now = static_cast<std::uint32_t>(sim.now().time_since_epoch() / milliseconds(1));
  ASSERT_EQ(leaf.firmware.start(), LEAFGATE_OK);
  lines.start();
  const TimePoint end = sim.now() + seconds(55);
  while (leaf.firmware.told.empty() && sim.now() < end) sim.run_for(milliseconds(10));
  EXPECT_EQ(link.names, (std::vector<std::string>{"register", "proof", "poll"}));
  EXPECT_EQ(link.losses, 0);
  ASSERT_EQ(leaf.firmware.told.size(), 1U);
  EXPECT_EQ(leaf.firmware.last().what, LEAFGATE_ASSIGNED);
  EXPECT_EQ(leaf.firmware.last().hub, "hub.example.net");
  EXPECT_EQ(lines.lines().front().leaves.size(), 1U);
  sim.run(lines.stop());
}

TEST(LibraryOnALine, registers_with_every_attestation_whatever_goes_wrong) {
  const Case cases[] = {
      {"nothing wrong", {}, 115200, false},
      {"9600 baud", {}, 9600, true},
      {"echo", echoing(), 115200, true},
      {"frames lost", with(&WireFaults::lost, 0.05), 115200, false},
      {"wrong bits", with(&WireFaults::bit_error, 1e-4), 115200, true},
      {"octets lost", with(&WireFaults::lost_octet, 0.05), 115200, false},
      {"frames twice", with(&WireFaults::twice, 0.3), 115200, false},
      {"frames split", with(&WireFaults::split, 0.3), 115200, false},
      {"frames late", with(&WireFaults::held_back, 0.05), 115200, false},
  };
  for (const char* const conversation : {"symmetricKey-240", "x509-240", "tpm-240"}) {
    for (const Case& each : cases) {
      for (std::uint64_t seed = 1; seed <= 3; ++seed) expect_registered(conversation, each, seed);
    }
  }
}

TEST(LibraryOnALine, that_signs_slowly_has_the_gateway_wait) {
  Simulator sim(1);
  LibraryLeaf leaf("x509-240");
  leaf.firmware.config.busy_ms = 900;
  VectorLink link(leaf.firmware);
  SerialWire wire(sim, 115200);
  wire.add(leaf);
  std::vector<LineConfig> configs(1);
  configs[0].name = "line1";
  const auto device_of = [&](const Executor&, const LineConfig&) { return wire.device(); };
  SerialLines lines(sim.executor(), configs, device_of, link, NameOf());
  leaf.firmware.now = static_cast<std::uint32_t>(sim.now().time_since_epoch() / milliseconds(1));
  ASSERT_EQ(leaf.firmware.start(), LEAFGATE_OK);
  lines.start();
  while (link.names.empty()) sim.run_for(milliseconds(1));
  const TimePoint challenged = sim.now();
  while (link.names.size() < 2 && sim.now() - challenged < seconds(10)) sim.run_for(milliseconds(1));
  EXPECT_EQ(link.names.back(), "proof");
  EXPECT_GE(sim.now() - challenged, milliseconds(900));
  EXPECT_LE(sim.now() - challenged, milliseconds(1100));
  EXPECT_EQ(lines.lines().front().retries, 0U);
  sim.run(lines.stop());
}

}  // namespace
}  // namespace leafgate::serial::registration_test
