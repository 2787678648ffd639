#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "adapters/link/endpoint.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/seeded_random.hpp"
#include "tests/unit/link/fake_leaf.hpp"
#include "tests/unit/link/link_desk.hpp"

namespace leafgate::link {

// The door of leaves without IP, in virtual time.
class EndpointSite : public testing::Test {
 protected:
  EndpointSite() {
    vouchers.keys["pump-1"] = "the device key";
    unsigned char* der = nullptr;
    const int size = i2d_PrivateKey(certificate.key.get(), &der);
    const crypto::Secret secret(ByteView(der, static_cast<std::size_t>(size)));
    OPENSSL_free(der);
    signing = std::make_shared<crypto::SigningKey>(crypto::SigningKey::from(secret).value());
    open();
  }
  ~EndpointSite() override { close(); }

  void open() {
    const Ports ports{registrar, vouchers, journal, clock, random};
    endpoint = std::make_unique<Endpoint>(simulator.executor(), ports, IdScope::parse("0ne00ABCDEF").value());
    ended = false;
    simulator.spawn(run(*endpoint, ended));
  }
  // Goes the moment it may.
  void close() {
    if (!endpoint) return;
    endpoint->stop();
    for (int i = 0; i < 1'000 && !ended; ++i) simulator.run_for(Millis(1));
    EXPECT_TRUE(ended) << "what is under way ends within a second";
    endpoint.reset();
    simulator.run_for(Millis(1));
  }

  [[nodiscard]] Firmware by_key() const {
    Firmware f;
    f.key = "the device key";
    f.pin = vouchers.pin();
    return f;
  }
  [[nodiscard]] Firmware by_certificate() const {
    Firmware f;
    f.mechanism = Mechanism::x509;
    f.chain = {der_of(certificate)};
    f.signing = signing;
    f.pin = vouchers.pin();
    return f;
  }
  [[nodiscard]] Firmware by_tpm() const {
    Firmware f;
    f.mechanism = Mechanism::tpm;
    f.tpm_key = FakeLinkRegistrar::tpm_key;
    f.pin = vouchers.pin();
    return f;
  }

  void hear(const Bytes& message) { hear(carrier, message); }
  void hear(const std::shared_ptr<FakeCarrier>& from, const Bytes& message) {
    endpoint->hear(from, message);
    simulator.run_for(Millis(1));
  }
  // What was said since the last time, exactly one message.
  GatewayWords one() {
    if (carrier->sent.size() != told + 1) throw std::logic_error(std::to_string(carrier->sent.size() - told));
    ++told;
    return carrier->last();
  }
  bool silence() const { return carrier->sent.size() == told; }
  // Up to the proof.
  GatewayWords prove(LeafAttempt& attempt) {
    hear(attempt.hello());
    const GatewayWords challenge = one();
    if (challenge.type != challenge_type || !attempt.believes(carrier->sent.back()))
      throw std::logic_error("no");
    hear(attempt.proof(carrier->sent.back()));
    return one();
  }

  TestCertificate certificate = CertificateMaker("pump-1").make();
  std::shared_ptr<crypto::SigningKey> signing;
  FakeVouchers vouchers;
  FakeLinkRegistrar registrar{vouchers};
  FakeJournal journal;
  SeededRandom random;
  std::shared_ptr<FakeCarrier> carrier = std::make_shared<FakeCarrier>();
  std::size_t told = 0;
  bool ended = false;
  std::unique_ptr<Endpoint> endpoint;
  Simulator simulator{1};
  FakeClock clock;

 private:
  static Task<void> run(Endpoint& of, bool& into) {
    co_await of.run();
    into = true;
  }
};

}  // namespace leafgate::link
