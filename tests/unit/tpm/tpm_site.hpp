#pragma once

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tss2/tss2_tpm2_types.h>

#include "adapters/tpm/esys_tpm.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/crypto/random.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/scripted_transport.hpp"
#include "tests/fakes/swtpm.hpp"

namespace leafgate {

// A gateway's TPM over a software TPM, with a script between them, and pauses of milliseconds.
class TpmSite : public ::testing::Test {
 protected:
  TpmSite() {
    options.deadline = Millis(20'000);
    options.keeper.least_left = Millis(1);
    options.keeper.slice = Millis(2);
    options.keeper.pauses.absent_first = options.keeper.pauses.lost_first = Millis(2);
    options.keeper.pauses.absent_most = options.keeper.pauses.lost_most = Millis(10);
    options.keeper.pauses.failed = options.keeper.pauses.locked = Millis(5);
    options.keeper.pauses.look = Millis(3'600'000);
  }
  ~TpmSite() override {
    gateway.reset();
    expect_room();
  }

  void open() {
    auto address = tpm::parse_tcti(emulator.tcti()).value();
    auto make = [this, address]() -> Result<std::unique_ptr<tpm::Transport>> {
      auto inner = tpm::open_transport(address);
      if (!inner) return inner.error();
      std::unique_ptr<tpm::Transport> made = std::make_unique<ScriptedTransport>(script, std::move(*inner));
      return made;
    };
    gateway = std::make_unique<tpm::EsysTpm>(test_loop().get_executor(), options, make);
    gateway->on_change([this] { ++changes; });
    wait_for(TpmState::ready);
  }
  // Opened and set up.
  void set_up() {
    open();
    TpmSetUp wanted;
    wanted.counter_auth = counter_auth.copy();
    anchor = run(gateway->set_up(std::move(wanted))).value();
    script->forget_counts();
  }

  template <class T>
  static T run(Task<T> task) {
    return run_task(std::move(task));
  }
  void wait_for(TpmState state) {
    const TimePoint late = LoopClock::now() + std::chrono::seconds(30);
    TpmFacts facts = gateway->facts();
    while (facts.state != state && LoopClock::now() < late) {
      test_loop().restart();
      auto guard = boost::asio::make_work_guard(test_loop());
      test_loop().run_one_for(std::chrono::milliseconds(5));
      facts = gateway->facts();
    }
    ASSERT_EQ(to_text(facts.state), to_text(state)) << facts.detail;
  }

  TpmHmacKey make_key(const std::string& key, const std::string& auth = "0123456789abcdef0123456789abcdef") {
    TpmHmacKey made;
    made.object =
        run(gateway->make_hmac_key(crypto::Secret(as_bytes(key)), crypto::Secret(as_bytes(auth)))).value();
    made.auth = crypto::Secret(as_bytes(auth));
    return made;
  }
  static TpmHmacKey copy(const TpmHmacKey& key) { return {key.object, key.auth.copy()}; }
  Result<crypto::Secret> hmac(const TpmHmacKey& key, const std::string& message) {
    return run(gateway->hmac(copy(key), message));
  }
  static Bytes software(const std::string& key, const std::string& message) {
    const auto mac = crypto::hmac_sha256(as_bytes(key), as_bytes(message));
    return {mac.begin(), mac.end()};
  }
  static Bytes octets(const crypto::Secret& secret) { return {secret.view().begin(), secret.view().end()}; }

  // A command straight to the emulator.
  Bytes raw(Bytes command) const {
    const TimePoint late = LoopClock::now() + std::chrono::seconds(30);
    while (LoopClock::now() < late) {
      auto transport = tpm::open_transport(tpm::parse_tcti(emulator.tcti()).value()).value();
      if (!transport->send(command, late)) continue;  // it is not up yet
      if (auto answer = transport->receive(late)) return *answer;
    }
    return {};
  }
  // How many handles there are from `first` on.
  [[nodiscard]] std::uint32_t handles(std::uint32_t first) const {
    Bytes command = {0x80, 0x01, 0, 0, 0, 22, 0, 0, 0x01, 0x7a, 0, 0, 0, 1};
    for (int shift = 24; shift >= 0; shift -= 8) command.push_back(static_cast<std::uint8_t>(first >> shift));
    command.insert(command.end(), {0, 0, 0, 32});
    const Bytes answer = raw(command);
    return answer.size() < 19 ? 99 : answer[18];
  }
  // Of the room of a TPM no more is taken than was promised; nothing once the gateway has gone in order.
  void expect_room() const {
    if (!emulator_is_up) return;
    EXPECT_LE(handles(0x8000'0000), 2U);
    EXPECT_LE(handles(0x0200'0000), 2U);
  }

  Swtpm emulator;
  bool emulator_is_up = true;
  std::shared_ptr<TransportScript> script = std::make_shared<TransportScript>();
  tpm::EsysTpmOptions options;
  crypto::Secret counter_auth{as_bytes("the secret of the epoch counter.")};
  std::unique_ptr<tpm::EsysTpm> gateway;
  TpmAnchor anchor;
  int changes = 0;
};

}  // namespace leafgate
