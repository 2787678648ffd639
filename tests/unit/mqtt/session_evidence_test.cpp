// What a leaf shows for itself: its token, or the certificate of its TLS handshake.
#include <gtest/gtest.h>

#include "gateway/crypto/x509.hpp"
#include "tests/unit/mqtt/talk.hpp"

namespace leafgate::session_evidence_test {
namespace {

class SessionEvidence : public testing::Test {
 protected:
  Evidence evidence_of(std::optional<std::string> password,
                       std::shared_ptr<const crypto::CertificateChain> chain,
                       const std::string& body = R"({"registrationId":"leaf-1"})") {
    mqtt::Session session(limits_, journal_, Source{Transport::mqtt, "192.0.2.7"}, std::move(chain));
    leaf::Connect connect;
    connect.password = std::move(password);
    const std::string octets =
        leaf::connect(connect) + leaf::subscribe(1) + leaf::publish(leaf::register_topic("1"), body);
    std::string_view left = octets;
    while (session.advance() == mqtt::Next::read && !left.empty()) {
      const auto room = session.room();
      const auto n = std::min(room.size(), left.size());
      std::copy_n(left.begin(), n, room.begin());
      left.remove_prefix(n);
      session.received(n);
    }
    return session.attempt().evidence;
  }

  mqtt::Limits limits_;
  FakeJournal journal_;
  const std::shared_ptr<const crypto::CertificateChain> chain_ =
      std::make_shared<const crypto::CertificateChain>();
};

TEST_F(SessionEvidence, is_the_certificate_without_a_password_or_with_an_empty_one) {
  for (const auto& password : {std::optional<std::string>(), std::optional<std::string>("")}) {
    const Evidence evidence = evidence_of(password, chain_);
    ASSERT_TRUE(std::holds_alternative<CertificateEvidence>(evidence));
    EXPECT_EQ(std::get<CertificateEvidence>(evidence).chain, chain_);
  }
}

TEST_F(SessionEvidence, is_the_token_where_there_is_one) {
  EXPECT_TRUE(std::holds_alternative<SasEvidence>(evidence_of("SharedAccessSignature sr=...", chain_)));
}

// Whoever shows a TPM proves it by a token, whatever its TLS stack added.
TEST_F(SessionEvidence, is_nothing_yet_of_a_tpm_that_asks_for_its_challenge) {
  const std::string body = R"({"tpm":{"endorsementKey":"AA==","storageRootKey":"BB=="}})";
  EXPECT_TRUE(std::holds_alternative<NoEvidence>(evidence_of(std::nullopt, nullptr, body)));
}

TEST_F(SessionEvidence, is_nothing_where_nothing_was_shown) {
  EXPECT_TRUE(std::holds_alternative<NoEvidence>(evidence_of(std::nullopt, nullptr)));
}

}  // namespace
}  // namespace leafgate::session_evidence_test
