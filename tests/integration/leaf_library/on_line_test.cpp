// The C library on one end of a serial line, and on the other what the gateway has for it: frames, messages
// and proofs. The line and the clock are virtual, the rest is what ships.

#include "adapters/serial/serial_lines.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/p256.hpp"
#include "tests/fakes/serial_wire.hpp"
#include "tests/integration/leaf_library/library_leaf.hpp"
#include "tests/unit/link/endpoint_site.hpp"

namespace leafgate::link {
namespace {

using std::chrono::seconds;

class LibraryOnLine : public EndpointSite {
 protected:
  LibraryOnLine() : pin(hash_of(vouchers.pin())) {}
  ~LibraryOnLine() override {
    if (lines) simulator.run(lines->stop());
    close();  // while the wire, for which tasks wait, is still there
  }

  static std::string hash_of(const Bytes& octets) {
    const auto digest = crypto::sha256(octets);
    return {digest.begin(), digest.end()};
  }
  LibraryLeaf& add(const std::string& id, int attestation, const std::string& key = "") {
    leaves.push_back(std::make_unique<LibraryLeaf>(id, attestation, key, key.empty() ? pin : ""));
    LibraryLeaf& leaf = *leaves.back();
    leaf.tpm_key = FakeLinkRegistrar::tpm_key;
    if (attestation == LEAFGATE_X509) {
      const Bytes der = der_of(certificate);
      leaf.chain = {std::string(der.begin(), der.end())};
      leaf.key = certificate.key.get();
    }
    if (attestation == LEAFGATE_TPM)
      leaf.config.endorsement_key = leaf.config.storage_key = {tpm_public.data(), tpm_public.size()};
    return leaf;
  }
  void start(serial::LineConfig config = {}, serial::WireFaults faults = {}) {
    config.name = "line1";
    wire = std::make_unique<serial::SerialWire>(simulator, config.baud, faults);
    for (const auto& leaf : leaves) {
      leaf->start();
      wire->add(*leaf);
    }
    const auto device_of = [this](const Executor&, const serial::LineConfig&) { return wire->device(); };
    const std::vector<serial::LineConfig> configs(1, config);
    lines = std::make_unique<serial::SerialLines>(simulator.executor(), configs, device_of, *endpoint,
                                                  [](ByteView) { return std::string(); });
    lines->start();
  }
  template <class F>
  bool run_until(F done, LoopClock::duration most) {
    const TimePoint end = simulator.now() + most;
    while (!done() && simulator.now() < end) simulator.run_for(Millis(10));
    return done();
  }
  bool all_assigned() const {
    return std::all_of(leaves.begin(), leaves.end(), [](const auto& leaf) { return leaf->is_assigned(); });
  }

  std::string pin;
  Bytes tpm_public = Bytes(314, 0x33);
  std::vector<std::unique_ptr<LibraryLeaf>> leaves;
  std::unique_ptr<serial::SerialWire> wire;
  std::unique_ptr<serial::SerialLines> lines;
};

TEST_F(LibraryOnLine, ADeviceKeyIsAssignedAfterAPoll) {
  registrar.says = {FakeLinkRegistrar::assigning(Seconds(3))};
  LibraryLeaf& leaf = add("pump-1", LEAFGATE_SYMMETRIC_KEY, "the device key");
  start();
  ASSERT_TRUE(run_until([&] { return leaf.is_assigned(); }, seconds(10)));
  EXPECT_EQ(leaf.last().hub, "hub1.example");
  EXPECT_EQ(endpoint->tally().polls, 1U);
  EXPECT_EQ(endpoint->tally().malformed, 0U);
  EXPECT_EQ(leaf.state().faults, 0U);
}

TEST_F(LibraryOnLine, ACertificateIsAssignedAndSignsForTheService) {
  registrar.wants_signature = true;
  registrar.tls13 = false;
  LibraryLeaf& leaf = add("pump-1", LEAFGATE_X509);
  start();
  ASSERT_TRUE(run_until([&] { return leaf.is_assigned(); }, seconds(10)));
  ASSERT_EQ(registrar.signatures.size(), 1U);
  EXPECT_EQ(registrar.signatures[0].value().size(), 64U);
  EXPECT_EQ(endpoint->tally().signatures_given, 1U);
}

Task<void> ask(std::shared_ptr<LeafSigner> signer, SignRequest request, std::optional<Result<Bytes>>& into) {
  const TimePoint deadline = LoopClock::now() + seconds(60);
  auto signature = co_await signer->sign(std::move(request), deadline);
  into.emplace(std::move(signature));
}

TEST_F(LibraryOnLine, ATranscriptGoesThroughALeafWithoutRoomForIt) {
  registrar.latency = seconds(30);
  LibraryLeaf& leaf = add("pump-1", LEAFGATE_X509);
  leaf.config.whole_transcript = true;
  start();
  ASSERT_TRUE(run_until([&] { return !registrar.attempts.empty(); }, seconds(10)));
  SignRequest request;
  request.message = Bytes{1, 0, 11, 0xb4, 3, 3};  // a ClientHello of TLS 1.2
  request.message.resize(3000, 0x77);
  request.hash = crypto::sha256(request.message);
  request.purpose = "TLS 1.2 client";
  std::optional<Result<Bytes>> given;
  simulator.spawn(ask(registrar.attempts[0].signer, request, given));
  ASSERT_TRUE(run_until([&] { return given.has_value(); }, seconds(20)));
  ASSERT_TRUE(*given);
  const ByteView signature = **given;
  ASSERT_EQ(signature.size(), 64U);
  EXPECT_TRUE(
      crypto::is_p256_signature(signing->point(), request.message, signature.first(32), signature.last(32)));
  ASSERT_TRUE(run_until([&] { return leaf.is_assigned(); }, seconds(40)));
}

TEST_F(LibraryOnLine, WhatIsNoTranscriptIsNotSigned) {
  registrar.wants_signature = true;  // for 4,000 spaces
  registrar.tls13 = false;
  registrar.handshake = 4000;
  add("pump-1", LEAFGATE_X509).config.whole_transcript = true;
  start();
  ASSERT_TRUE(run_until([&] { return !registrar.signatures.empty(); }, seconds(20)));
  EXPECT_FALSE(registrar.signatures[0]);
}

TEST_F(LibraryOnLine, WhatIsNoTlsClientsProofIsNotSigned) {
  registrar.wants_signature = true;  // for 130 spaces
  LibraryLeaf& leaf = add("pump-1", LEAFGATE_X509);
  start();
  ASSERT_TRUE(run_until([&] { return leaf.last().what == LEAFGATE_REFUSED; }, seconds(20)));
  EXPECT_EQ(leaf.last().error_code, 503000U);
  EXPECT_FALSE(registrar.signatures.at(0));
}

TEST_F(LibraryOnLine, ATpmIsAssigned) {
  LibraryLeaf& leaf = add("pump-1", LEAFGATE_TPM);
  start();
  ASSERT_TRUE(run_until([&] { return leaf.is_assigned(); }, seconds(20)));
  EXPECT_EQ(registrar.good, 1);
}

TEST_F(LibraryOnLine, OneWithAnotherKeyDoesNotKnowTheGateway) {
  LibraryLeaf& leaf = add("pump-1", LEAFGATE_SYMMETRIC_KEY, "another key");
  start();
  ASSERT_TRUE(run_until([&] { return !leaf.news.empty(); }, seconds(10)));
  EXPECT_EQ(leaf.last().what, LEAFGATE_UNPROVEN);
  EXPECT_EQ(registrar.attempts.size(), 0U);
}

TEST_F(LibraryOnLine, OneWhoseKeyIsNotHeldHearsItFromAGatewayThatItKnows) {
  LibraryLeaf& leaf = add("pump-9", LEAFGATE_SYMMETRIC_KEY);  // knows the pin
  start();
  ASSERT_TRUE(run_until([&] { return !leaf.news.empty(); }, seconds(10)));
  EXPECT_EQ(leaf.last().what, LEAFGATE_REFUSED);
}

// 9600 baud, several leaves on two wires.
serial::LineConfig slow_line() {
  serial::LineConfig config;
  config.baud = 9600;
  config.multidrop = true;
  return config;
}

class CrowdOnLine : public LibraryOnLine {
 protected:
  void add_crowd(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string id = "valve-" + std::to_string(i);
      vouchers.keys[id] = "key of " + id;
      add(id, LEAFGATE_SYMMETRIC_KEY, vouchers.keys[id]);
    }
  }
};

TEST_F(CrowdOnLine, ThirtyOneAreAssignedWithinTwoMinutesAtOnePercentOfLoss) {
  add_crowd(31);
  serial::WireFaults faults;
  faults.lost = 0.01;
  start(slow_line(), faults);
  const TimePoint begun = simulator.now();
  EXPECT_TRUE(run_until([&] { return all_assigned(); }, seconds(120)));
  RecordProperty("line_seconds", static_cast<int>((simulator.now() - begun) / seconds(1)));
  EXPECT_EQ(registrar.good, 31);
}

TEST_F(CrowdOnLine, AllAreAssignedWhateverGoesWrong) {
  add_crowd(12);
  serial::WireFaults faults;
  faults.bit_error = 1e-4;
  faults.lost = 0.01;
  faults.lost_octet = 0.01;
  faults.twice = 0.01;
  faults.split = 0.01;
  faults.held_back = 0.01;
  faults.echo = true;
  start(slow_line(), faults);
  ASSERT_TRUE(run_until([&] { return all_assigned(); }, seconds(240)));
  EXPECT_EQ(endpoint->tally().malformed, 0U);
  EXPECT_EQ(registrar.good, 12);
}

}  // namespace
}  // namespace leafgate::link
