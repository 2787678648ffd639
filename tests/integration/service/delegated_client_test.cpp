// A leaf without a network, registered by its own certificate at a service that shares no code with us.
#include "adapters/service/delegated_client.hpp"

#include <openssl/evp.h>

#include "gateway/crypto/delegated_key.hpp"
#include "gateway/crypto/delegated_provider.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/fake_leaf_signer.hpp"
#include "tests/fakes/leaf_key.hpp"
#include "tests/integration/service/over_tls.hpp"

namespace leafgate::service {
namespace {

using nlohmann::json;
using Mood = FakeLeafSigner::Mood;

SchemeSet every_scheme() {
  SchemeSet set;
  for (const auto scheme : {SignatureScheme::es256, SignatureScheme::ps256, SignatureScheme::rs256})
    set.add(scheme);
  return set;
}

struct DelegatedClientOverTls : OverTls {
  RegistrationId id = RegistrationId::parse("pump-07").value();
  const TestCertificate ca = CertificateMaker("Site CA").ca().days(-1, 10'000).make();
  const TestCertificate line = CertificateMaker("Line CA").ca().by(ca).days(-1, 10'000).make();
  TestCertificate made;
  std::shared_ptr<FakeLeafSigner> signer;
  std::optional<DelegatedClient> client;
  std::unique_ptr<ProvisioningService> service;

  DelegatedClientOverTls() { static const crypto::ProviderScope provider; }
  ~DelegatedClientOverTls() override {
    service.reset();
    connector.reset();
    context.restart();
    context.poll();
    EXPECT_EQ(crypto::delegated_slots(), 0U);
  }

  void begin(std::vector<std::string> options, DelegatedLimits limits = {}) {
    options.insert(options.end(), {"--retry-after", "0"});
    process.start(options);
    const json primary{{"certificate", pem_of(ca)}};
    const json x509{{"signingCertificates", {{"primary", primary}}}};
    const json group{{"enrollmentGroupId", "line"}, {"attestation", {{"type", "x509"}, {"x509", x509}}}};
    ASSERT_EQ(process.control("PUT", "/enrollments", json::array({group}).dump()).status / 100, 2);
    dial("dps.test");
    const net::Target target{"127.0.0.1", process.port(), "dps.test"};
    client.emplace(context.get_executor(), *connector, target, "dps.test",
                   IdScope::parse(standin::test_scope).value(), limits);
  }
  void speak(bool rsa = false, SchemeSet schemes = every_scheme()) { speak(line, rsa, schemes); }
  void speak(const TestCertificate& issuer, bool rsa = false, SchemeSet schemes = every_scheme()) {
    CertificateMaker maker("pump-07");
    maker.by(issuer).days(-1, 10'000);
    if (rsa) maker.key(EVP_RSA_gen(2048U));
    made = maker.make();
    auto chain = std::make_shared<crypto::CertificateChain>();
    chain->certificates = {as_certificate(made), as_certificate(issuer)};
    signer = std::make_shared<FakeLeafSigner>();
    signer->key = [key = made.key](const SignRequest& request) { return sign_as_leaf(key.get(), request); };
    DelegatedIdentity identity;
    identity.chain = chain;
    identity.schemes = schemes;
    identity.signer = signer;
    service.reset();
    service = client->speak_for(std::move(identity));
  }
  Result<ServiceAnswer> put() { return run(service->register_device(id, RegistrationRequest(), "ignored")); }
  Result<ServiceAnswer> get(const OperationId& operation) {
    return run(service->operation_status(id, operation, ""));
  }
  // Every connection, as when the service's front end is restarted.
  void cut() {
    EXPECT_EQ(process.control("POST", "/down").status / 100, 2);
    EXPECT_EQ(process.control("POST", "/up").status / 100, 2);
  }
  [[nodiscard]] json seen() const { return process.control("GET", "/registrations/pump-07").json(); }
  [[nodiscard]] json connections() const { return process.control("GET", "/stats").json()["connections"]; }
};

TEST_F(DelegatedClientOverTls, registers_a_leaf_to_the_end_with_one_signature) {
  struct Row {
    const char* version;
    bool rsa;
    SignatureScheme scheme;
  };
  for (const Row& row :
       {Row{"1.2", false, SignatureScheme::es256}, Row{"1.3", false, SignatureScheme::es256},
        Row{"1.2", true, SignatureScheme::ps256}, Row{"1.3", true, SignatureScheme::ps256}}) {
    begin({"--tls", row.version, "--polls", "2"});
    speak(row.rsa);
    const auto accepted = put();
    ASSERT_TRUE(accepted.has_value()) << accepted.error().detail;
    ASSERT_EQ(accepted->http_status, 202) << accepted->message;
    auto answer = get(*accepted->operation);
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(answer.has_value()) << answer.error().detail;
      EXPECT_EQ(answer->status, RegistrationStatus::assigning);
      answer = get(*accepted->operation);
    }
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    EXPECT_EQ(answer->status, RegistrationStatus::assigned);
    EXPECT_FALSE(answer->assigned_hub.empty());

    ASSERT_EQ(signer->requests.size(), 1U);
    EXPECT_EQ(signer->requests[0].scheme, row.scheme);
    EXPECT_EQ(signer->requests[0].purpose, std::string("TLS ") + row.version + " client of dps.test");
    EXPECT_EQ(seen()["lastCertificate"], as_certificate(made).sha256());
    EXPECT_EQ(seen()["lastTls"], std::string("TLSv") + row.version);
    EXPECT_EQ(seen()["enrollmentGroupId"], "line");
    EXPECT_EQ(seen()["lastSr"], "") << "no token beside the certificate";
    service.reset();
    process.stop();
  }
}

TEST_F(DelegatedClientOverTls, blames_the_leaf_for_what_the_leaf_did) {
  begin({});
  struct Row {
    Mood mood;
    const char* detail;
  };
  for (const Row& row : {Row{Mood::refuses, "the leaf will not sign"},
                         Row{Mood::gone, "the leaf did not sign: the line is dead"},
                         Row{Mood::flips_a_bit, "the leaf's signature does not verify, 64 octets by ES256"},
                         Row{Mood::empty, "the leaf's signature does not verify, 0 octets by ES256"}}) {
    speak();
    signer->mood = row.mood;
    for (int i = 0; i < 2; ++i) {
      const auto answer = put();
      ASSERT_FALSE(answer.has_value()) << row.detail;
      EXPECT_EQ(answer.error().code, Errc::refused);
      EXPECT_EQ(answer.error().detail, row.detail);
    }
    EXPECT_EQ(signer->requests.size(), 1U) << "an attempt is over with its one signature";
  }
}

TEST_F(DelegatedClientOverTls, gives_a_silent_leaf_up_at_the_limit_of_its_signature) {
  DelegatedLimits limits;
  limits.signature = Millis(200);
  begin({}, limits);
  speak();
  signer->mood = Mood::silent;
  const TimePoint before = LoopClock::now();
  const auto answer = put();
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, Errc::refused);
  EXPECT_EQ(answer.error().detail, "the leaf did not sign: no answer from the leaf");
  EXPECT_GE(LoopClock::now() - before, Millis(200));
  EXPECT_LE(LoopClock::now() - before, Millis(2000));
}

TEST_F(DelegatedClientOverTls, says_why_when_the_service_takes_no_scheme_of_the_leaf) {
  for (const char* version : {"1.2", "1.3"}) {
    begin({"--tls", version, "--client-signatures", "ECDSA+SHA384"});
    speak();
    const auto answer = put();
    ASSERT_FALSE(answer.has_value()) << "never a registration of nobody";
    EXPECT_EQ(answer.error().code, Errc::refused);
    EXPECT_EQ(answer.error().detail,
              "no signature scheme in common: the leaf has ES256, the service takes ECDSA+SHA384");
    EXPECT_TRUE(signer->requests.empty());
    service.reset();
    process.stop();
  }
}

TEST_F(DelegatedClientOverTls, refuses_a_leaf_whose_key_and_schemes_do_not_fit) {
  begin({});
  SchemeSet pss;
  pss.add(SignatureScheme::ps256);
  speak(false, pss);
  EXPECT_EQ(put().error().code, Errc::refused);
  EXPECT_EQ(connections()["accepted"], 0);
}

TEST_F(DelegatedClientOverTls, does_not_blame_the_leaf_for_the_service) {
  begin({});
  speak();
  EXPECT_EQ(process.control("POST", "/down").status / 100, 2);
  for (int i = 0; i < 2; ++i) {
    const auto answer = put();
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code, Errc::unreachable);
  }
  EXPECT_TRUE(signer->requests.empty());
  EXPECT_EQ(process.control("POST", "/up").status / 100, 2);
  const auto answer = put();
  ASSERT_TRUE(answer.has_value()) << answer.error().detail;
  EXPECT_EQ(answer->http_status, 202) << "the same attempt goes on: the leaf was not asked before";
}

TEST_F(DelegatedClientOverTls, resumes_its_session_where_the_connection_was_lost_between) {
  begin({"--tls", "1.2"});
  speak(ca);
  const auto accepted = put();
  ASSERT_TRUE(accepted.has_value()) << accepted.error().detail;
  cut();
  const auto ended = get(*accepted->operation);
  ASSERT_TRUE(ended.has_value()) << ended.error().detail;
  EXPECT_EQ(ended->http_status, 200) << ended->message;
  EXPECT_EQ(signer->requests.size(), 1U);
  EXPECT_EQ(connections()["tlsResumed"], 1);
}

// A ticket of the stand-in keeps the leaf's own certificate, not those above it.
TEST_F(DelegatedClientOverTls, takes_no_word_against_the_leaf_from_a_service_that_forgot_its_chain) {
  begin({"--tls", "1.2"});
  speak(line);
  const auto accepted = put();
  ASSERT_TRUE(accepted.has_value()) << accepted.error().detail;
  cut();
  const auto ended = get(*accepted->operation);
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().code, Errc::conflict) << ended.error().detail;
}

TEST_F(DelegatedClientOverTls, asks_for_a_new_attempt_where_it_cannot_resume) {
  begin({"--tls", "1.3"});  // here the stand-in gives no ticket to who shows a certificate
  speak();
  const auto accepted = put();
  ASSERT_TRUE(accepted.has_value()) << accepted.error().detail;
  cut();
  const auto ended = get(*accepted->operation);
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().code, Errc::conflict) << ended.error().detail;
  EXPECT_EQ(signer->requests.size(), 1U);
}

TEST_F(DelegatedClientOverTls, ends_with_the_stop) {
  begin({});
  speak();
  signer->mood = Mood::silent;
  std::optional<Result<ServiceAnswer>> answer;
  const auto keep = [](Task<Result<ServiceAnswer>> inner,
                       std::optional<Result<ServiceAnswer>>& into) -> Task<void> {
    into.emplace(co_await std::move(inner));
  };
  spawn(context.get_executor(), keep(service->register_device(id, RegistrationRequest(), ""), answer));
  context.restart();
  while (signer->requests.empty()) context.run_one();
  connector->stop();
  while (!answer) context.run_one();
  EXPECT_EQ(answer->error().code, Errc::stopped);
}

}  // namespace
}  // namespace leafgate::service
