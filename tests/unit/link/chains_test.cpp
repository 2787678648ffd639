// Certificates and TPM keys that leaves show over the leaf link.
#include <gtest/gtest.h>

#include "adapters/link/known_chains.hpp"
#include "tests/unit/link/endpoint_site.hpp"

namespace leafgate::link::chains_test {
namespace {

using ChainsTest = EndpointSite;

TEST_F(ChainsTest, AThumbprintStandsForAChainThatProvedItself) {
  Firmware firmware = by_certificate();
  firmware.thumbprint = crypto::sha256(firmware.chain[0]);
  LeafAttempt unknown(firmware, 1);
  hear(unknown.hello());
  const GatewayWords error = one();
  EXPECT_EQ(error.number(1), 400'000);
  EXPECT_EQ(error.number(3), 2) << "with the chain, at once";
  EXPECT_TRUE(unknown.believes(carrier->sent.back()));
  // A chain that proved nothing is not remembered.
  const Firmware whole = by_certificate();
  Firmware thief = whole;
  thief.signing = std::make_shared<crypto::SigningKey>(crypto::SigningKey::generate());
  LeafAttempt false_one(thief, 2);
  EXPECT_EQ(prove(false_one).type, error_type);
  LeafAttempt still_unknown(firmware, 3);
  hear(still_unknown.hello());
  EXPECT_EQ(one().type, error_type);
  LeafAttempt shown(whole, 4);
  EXPECT_EQ(prove(shown).type, result_type);
  LeafAttempt known(firmware, 5);
  EXPECT_EQ(prove(known).type, result_type);
  const auto& evidence = std::get<CertificateEvidence>(registrar.attempts.back().evidence);
  EXPECT_EQ(evidence.chain->leaf().sha256(), as_certificate(certificate).sha256());
}

TEST_F(ChainsTest, ACertificateThatCannotBeReadIsSaidToBeThat) {
  Firmware firmware = by_certificate();
  firmware.chain.push_back(Bytes(100, 0x30));
  LeafAttempt attempt(firmware, 1);
  hear(attempt.hello());
  const GatewayWords error = one();
  EXPECT_EQ(error.number(1), 400'000);
  EXPECT_EQ(error.number(3), -1) << "to send it again would not help";
  EXPECT_EQ(journal.events.back().reason, Reason::link_malformed);
}

TEST_F(ChainsTest, ATpmHearsWhyThereIsNoChallenge) {
  const Firmware firmware = by_tpm();
  registrar.challenges_tpms = false;
  LeafAttempt attempt(firmware, 1);
  hear(attempt.hello());
  EXPECT_EQ(one().number(1), 401'000);
  registrar.challenges_tpms = true;
  registrar.credential = Bytes(1'025, 1);
  LeafAttempt larger(firmware, 2);
  hear(larger.hello());
  EXPECT_EQ(one().number(1), 500'000) << "more than a leaf has room for";
  Firmware long_id = firmware;
  long_id.id = std::string(126, ':').insert(0, "a") + "b";
  registrar.credential = Bytes(1'024, 1);
  LeafAttempt longer(long_id, 3);
  hear(longer.hello());
  EXPECT_EQ(one().number(1), 500'000);
  EXPECT_EQ(endpoint->open(), 0U);
}

TEST(KnownChains, AreBoundedInNumberAndOctets) {
  KnownChains chains;
  std::vector<std::string> thumbprints;
  const auto one = [&](std::size_t padding) {
    auto chain = std::make_shared<crypto::CertificateChain>();
    const std::string comment(padding, 'x');
    static const auto key = std::shared_ptr<EVP_PKEY>(EVP_EC_gen("P-256"), EVP_PKEY_free);
    chain->certificates.push_back(
        as_certificate(CertificateMaker("leaf").key(key).with("nsComment", comment).make()));
    thumbprints.push_back(chain->leaf().sha256());
    chains.keep(chain);
    chains.keep(chain);
  };
  for (int i = 0; i < 1'100; ++i) one(1);
  EXPECT_EQ(chains.size(), KnownChains::most);
  EXPECT_FALSE(chains.find(thumbprints.front()));
  EXPECT_TRUE(chains.find(thumbprints.back()));
  for (int i = 0; i < 300; ++i) one(10'000);
  EXPECT_LE(chains.octets(), KnownChains::largest);
  EXPECT_LT(chains.size(), 300U);
  EXPECT_TRUE(chains.find(thumbprints.back()));
}

}  // namespace
}  // namespace leafgate::link::chains_test
