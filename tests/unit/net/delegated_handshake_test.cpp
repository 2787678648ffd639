// A TLS client handshake whose signature is made by a leaf: kinds of keys, versions, orders of the service.
#include <algorithm>

#include <openssl/err.h>

#include "gateway/crypto/digest.hpp"
#include "tests/unit/net/delegated_fixture.hpp"

namespace leafgate::net::delegated_handshake_test {
namespace {

using namespace std::chrono_literals;

struct Row {
  const char* name;
  bool rsa;
  int version;
  const char* order;  // of the service; null: as the product's own server has it
  SignatureScheme scheme;
  bool hash_only;
};

class DelegatedHandshake : public DelegatedTls, public testing::WithParamInterface<Row> {};

TEST_P(DelegatedHandshake, shows_the_leaf_and_has_it_sign_once) {
  const Row& row = GetParam();
  use(row.rsa, row.version, row.order);
  leaf_->hash_only = row.hash_only;
  leaf_->signer.latency = Millis(700);
  connect();
  const TimePoint begin = sim_.now();
  const auto shaken = shake();
  ASSERT_TRUE(shaken) << shaken.error().detail;
  ASSERT_TRUE(far_done_.value()) << far_done_->error().detail;
  EXPECT_EQ(talk().value(), "hello");

  const auto shown = far_->peer_chain();
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->leaf().sha256(), as_certificate(leaf_->made).sha256());
  ASSERT_EQ(shown->certificates.size(), 2U);
  EXPECT_EQ(shown->certificates[1].sha256(), as_certificate(leaf_->line).sha256());
  EXPECT_TRUE(key_->used());
  EXPECT_GE(sim_.now() - begin, 700ms);

  ASSERT_EQ(leaf_->signer.requests.size(), 1U);
  const SignRequest& asked = leaf_->signer.requests.front();
  EXPECT_EQ(asked.scheme, row.scheme);
  EXPECT_EQ(asked.tls13, row.version == TLS1_3_VERSION);
  EXPECT_EQ(asked.hash, crypto::sha256(asked.message));
  EXPECT_EQ(asked.purpose, std::string(asked.tls13 ? "TLS 1.3" : "TLS 1.2") + " client of gw.example");
  if (asked.tls13) {
    EXPECT_EQ(std::count(asked.message.begin(), asked.message.begin() + 64, ' '), 64);
    EXPECT_EQ(as_text(ByteView(asked.message).subspan(64, 33)), "TLS 1.3, client CertificateVerify");
    EXPECT_EQ(asked.message.size(), 130U);
  } else {
    EXPECT_EQ(asked.message.front(), 1) << "a ClientHello";
    EXPECT_GT(asked.message.size(), 1000U);
  }
}

constexpr auto es256 = SignatureScheme::es256;
constexpr auto ps256 = SignatureScheme::ps256;
constexpr auto rs256 = SignatureScheme::rs256;

INSTANTIATE_TEST_SUITE_P(
    of, DelegatedHandshake,
    testing::Values(
        Row{"ec_1_2", false, TLS1_2_VERSION, nullptr, es256, false},
        Row{"ec_1_2_hash", false, TLS1_2_VERSION, nullptr, es256, true},
        Row{"ec_1_3", false, TLS1_3_VERSION, nullptr, es256, false},
        Row{"ec_1_3_behind_sha384", false, TLS1_3_VERSION, "ECDSA+SHA384:ECDSA+SHA256", es256, false},
        Row{"rsa_1_2_pss_first", true, TLS1_2_VERSION, nullptr, ps256, false},
        Row{"rsa_1_2_pkcs1_first", true, TLS1_2_VERSION, "RSA+SHA256:RSA-PSS+SHA256", ps256, false},
        Row{"rsa_1_2_pkcs1_only", true, TLS1_2_VERSION, "RSA+SHA256", rs256, false},
        Row{"rsa_1_2_sha512_first", true, TLS1_2_VERSION, "RSA+SHA512:RSA+SHA256", rs256, true},
        Row{"rsa_1_3", true, TLS1_3_VERSION, nullptr, ps256, false},
        Row{"rsa_1_3_pkcs1_first", true, TLS1_3_VERSION, "RSA+SHA256:RSA-PSS+SHA256", ps256, true}),
    [](const auto& of) { return of.param.name; });

class DelegatedVersions : public DelegatedTls, public testing::WithParamInterface<int> {};

TEST_P(DelegatedVersions, a_service_without_a_scheme_of_the_leaf_is_told_apart) {
  struct Case {
    bool rsa;
    const char* order;
    const char* told;
  };
  for (const Case& each :
       {Case{false, "ECDSA+SHA384:RSA+SHA512",
             "the leaf has ES256, the service takes ECDSA+SHA384, RSA+SHA512"},
        Case{true, "RSA-PSS+SHA384", "the leaf has PS256, RS256, the service takes RSA-PSS+SHA384"}}) {
    use(each.rsa, GetParam(), each.order);
    key_.reset();
    connect();
    const auto shaken = shake();
    ASSERT_FALSE(shaken);
    EXPECT_EQ(shaken.error().code, Errc::refused);
    EXPECT_EQ(shaken.error().detail, std::string("no signature scheme in common: ") + each.told);
    EXPECT_EQ(leaf_->signer.requests.size(), 0U);
    EXPECT_EQ(key_->failure()->code, Errc::refused);
    EXPECT_FALSE(key_->may_connect());
  }
}

TEST_P(DelegatedVersions, what_the_leaf_cannot_do_is_not_asked) {
  use(true, GetParam(), "RSA+SHA256:RSA-PSS+SHA256");
  SchemeSet only_pss;
  only_pss.add(SignatureScheme::ps256);
  connect(only_pss);
  ASSERT_TRUE(shake());
  EXPECT_EQ(leaf_->signer.requests.at(0).scheme, SignatureScheme::ps256);
}

// In TLS 1.2 the service prefers PSS; without a word on it OpenSSL would choose that and fail.
TEST_P(DelegatedVersions, a_leaf_without_pss_signs_in_tls_1_2_alone) {
  use(true, GetParam());
  SchemeSet only_pkcs1;
  only_pkcs1.add(SignatureScheme::rs256);
  connect(only_pkcs1);
  const auto shaken = shake();
  EXPECT_EQ(shaken.has_value(), GetParam() == TLS1_2_VERSION);
  if (shaken) {
    EXPECT_EQ(leaf_->signer.requests.at(0).scheme, SignatureScheme::rs256);
    return;
  }
  EXPECT_EQ(shaken.error().code, Errc::refused);
  EXPECT_EQ(
      shaken.error().detail.find("no signature scheme in common: the leaf has RS256, the service takes "), 0U)
      << shaken.error().detail;
}

// Else the leaf would be registered by nobody's proof.
TEST_P(DelegatedVersions, a_service_that_asks_for_no_certificate_is_none) {
  use(false, GetParam());
  ask_for_no_certificate();
  connect();
  const auto shaken = shake();
  ASSERT_FALSE(shaken);
  EXPECT_EQ(shaken.error().code, Errc::implausible);
  EXPECT_FALSE(key_->failure());
  EXPECT_TRUE(key_->may_connect()) << "the leaf was not asked";
}

TEST_P(DelegatedVersions, resuming_without_effect_changes_nothing) {
  use(false, GetParam());
  connect();
  near_->expires_at(sim_.now() + 60s);
  TlsSocket::Want want = TlsSocket::Want::nothing;
  const auto shake_far = [](TlsSocket& end) -> Task<void> {
    const auto done = co_await end.handshake();
    EXPECT_TRUE(done);
  };
  sim_.spawn(shake_far(*far_));
  while (want != TlsSocket::Want::signature) {
    want = near_->step_handshake();
    ASSERT_NE(want, TlsSocket::Want::failed);
    sim_.run_for(1ms);
  }
  for (int i = 0; i < 21; ++i) {
    ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);  // as somebody else may leave it
    ASSERT_EQ(near_->step_handshake(), TlsSocket::Want::signature);
  }
  const auto request = key_->asked("gw.example");
  ASSERT_TRUE(request);
  ASSERT_TRUE(key_->answer(sign_as_leaf(leaf_->made.key.get(), *request)));
  ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
  for (int i = 0; i < 10 && want != TlsSocket::Want::nothing; ++i) {
    want = near_->step_handshake();
    ASSERT_NE(want, TlsSocket::Want::failed) << near_->detail();
    sim_.run_for(1ms);
  }
  EXPECT_EQ(talk().value(), "hello");
}

INSTANTIATE_TEST_SUITE_P(of_tls, DelegatedVersions, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& of) { return of.param == TLS1_2_VERSION ? "1_2" : "1_3"; });

}  // namespace
}  // namespace leafgate::net::delegated_handshake_test
