// The double of the delegated service keeps the rules of the port, as the true one does over TLS.
#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_delegated_service.hpp"
#include "tests/fakes/fake_leaf_signer.hpp"

namespace leafgate {
namespace {

using Mood = FakeLeafSigner::Mood;

struct DelegatedFake : testing::Test {
  Simulator sim{1};
  FakeProvisioningService service;
  FakeDelegatedService delegated{service};
  std::shared_ptr<FakeLeafSigner> signer = std::make_shared<FakeLeafSigner>();
  RegistrationId id = RegistrationId::parse("pump-07").value();

  std::unique_ptr<ProvisioningService> speak(SignatureScheme scheme = SignatureScheme::es256) {
    DelegatedIdentity identity;
    identity.schemes.add(scheme);
    identity.signer = signer;
    return delegated.speak_for(std::move(identity));
  }
  Result<ServiceAnswer> put(ProvisioningService& by) {
    return sim.run(by.register_device(id, RegistrationRequest(), "ignored"));
  }
};

TEST_F(DelegatedFake, asks_once_for_a_whole_registration) {
  const auto by = speak();
  const auto accepted = put(*by);
  ASSERT_TRUE(accepted.has_value());
  EXPECT_EQ(sim.run(by->operation_status(id, *accepted->operation, ""))->status,
            RegistrationStatus::assigned);
  ASSERT_EQ(signer->requests.size(), 1U);
  EXPECT_EQ(signer->requests[0].message.size(), 130U);
  EXPECT_EQ(as_text(ByteView(signer->requests[0].message).subspan(64, 33)),
            "TLS 1.3, client CertificateVerify");
  EXPECT_EQ(service.last_token, "");
}

TEST_F(DelegatedFake, blames_the_leaf_as_the_true_one_does) {
  for (const Mood mood : {Mood::refuses, Mood::silent, Mood::gone, Mood::empty, Mood::overlong}) {
    signer->mood = mood;
    const auto by = speak();
    EXPECT_EQ(put(*by).error().code, Errc::refused);
  }
  EXPECT_EQ(delegated.signatures, 0U);
  delegated.believes = false;
  signer->mood = Mood::signs;
  EXPECT_EQ(put(*speak()).error().code, Errc::refused);
  EXPECT_EQ(put(*speak(SignatureScheme::rs256)).error().code, Errc::refused) << "not in TLS 1.3";
}

TEST_F(DelegatedFake, does_not_ask_when_the_service_is_down_nor_a_second_time) {
  service.up = false;
  const auto by = speak();
  EXPECT_EQ(put(*by).error().code, Errc::unreachable);
  EXPECT_TRUE(signer->requests.empty());
  service.up = true;
  delegated.cut_after_register = true;
  const auto accepted = put(*by);
  ASSERT_TRUE(accepted.has_value());
  EXPECT_EQ(sim.run(by->operation_status(id, *accepted->operation, "")).error().code, Errc::conflict);
}

}  // namespace
}  // namespace leafgate
