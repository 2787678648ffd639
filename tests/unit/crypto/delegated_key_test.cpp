// A key whose signature comes from elsewhere, in OpenSSL's own terms: two SSL objects over memory.
#include "gateway/crypto/delegated_key.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>

#include "gateway/crypto/delegated_provider.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/leaf_key.hpp"

namespace leafgate::crypto::delegated_key_test {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Ssl = std::unique_ptr<SSL, decltype(&SSL_free)>;

SchemeSet set_of(std::initializer_list<SignatureScheme> schemes) {
  SchemeSet set;
  for (const auto scheme : schemes) set.add(scheme);
  return set;
}
const SchemeSet every = set_of({SignatureScheme::es256, SignatureScheme::ps256, SignatureScheme::rs256});

std::shared_ptr<const CertificateChain> chain_of(const TestCertificate& made) {
  auto chain = std::make_shared<CertificateChain>();
  chain->certificates.push_back(as_certificate(made));
  return chain;
}

class DelegatedKeyTest : public testing::Test {
 protected:
  DelegatedKeyTest() {
    static const ProviderScope scope;
    const TestCertificate server = CertificateMaker("gw").make();
    SSL_CTX_use_certificate(server_context_.get(), server.certificate.get());
    SSL_CTX_use_PrivateKey(server_context_.get(), server.key.get());
    SSL_CTX_set_verify(server_context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       [](int, X509_STORE_CTX*) { return 1; });
    SSL_CTX_set_session_id_context(server_context_.get(), reinterpret_cast<const unsigned char*>("t"), 1);
    bound_delegated_jobs();
  }
  ~DelegatedKeyTest() override {
    client_.reset();
    server_.reset();
    key_.reset();
    EXPECT_EQ(delegated_slots(), 0U);
  }

  void connect() {
    client_.reset(SSL_new(client_context_.get()));
    server_.reset(SSL_new(server_context_.get()));
    BIO* near = nullptr;
    BIO* far = nullptr;
    BIO_new_bio_pair(&near, 0, &far, 0);
    SSL_set_bio(client_.get(), near, near);
    SSL_set_bio(server_.get(), far, far);
    SSL_set_connect_state(client_.get());
    SSL_set_accept_state(server_.get());
    const auto attached = key_->attach(client_.get());
    ASSERT_TRUE(attached) << attached.error().detail;
  }
  // Goes on until both ends are done, one has failed, or the key is asked; gives the client's state.
  int step() {
    int state = SSL_ERROR_WANT_READ;
    for (int i = 0; i < 20; ++i) {
      ERR_clear_error();
      const int near = SSL_do_handshake(client_.get());
      state = SSL_get_error(client_.get(), near);
      if (state == SSL_ERROR_WANT_ASYNC || state == SSL_ERROR_SSL) return state;
      ERR_clear_error();
      const int far = SSL_do_handshake(server_.get());
      if (near == 1 && far == 1) return SSL_ERROR_NONE;
    }
    return state;
  }

  const TestCertificate leaf_ = CertificateMaker("pump-07").make();
  Context client_context_{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  Context server_context_{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  std::shared_ptr<DelegatedKey> key_ = DelegatedKey::make(chain_of(leaf_), every).value();
  Ssl client_{nullptr, SSL_free};
  Ssl server_{nullptr, SSL_free};
};

TEST_F(DelegatedKeyTest, pauses_for_the_signature_and_not_later) {
  connect();
  ASSERT_EQ(step(), SSL_ERROR_WANT_ASYNC);
  EXPECT_TRUE(SSL_get_mode(client_.get()) & SSL_MODE_ASYNC);
  const auto request = key_->asked("dps.example");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->purpose, "TLS 1.3 client of dps.example");
  ASSERT_TRUE(key_->answer(sign_as_leaf(leaf_.key.get(), *request)));
  EXPECT_EQ(step(), SSL_ERROR_NONE);
  EXPECT_TRUE(key_->confirm(client_.get()));
  EXPECT_FALSE(SSL_get_mode(client_.get()) & SSL_MODE_ASYNC) << "or every write would be a job";
  EXPECT_TRUE(SSL_get_options(client_.get()) & SSL_OP_NO_RENEGOTIATION);
  EXPECT_FALSE(key_->asked("dps.example"));
  EXPECT_EQ(key_->answer(Bytes(64)).error().code, Errc::conflict);
}

TEST_F(DelegatedKeyTest, takes_no_signature_that_is_not_the_leafs) {
  const TestCertificate other = CertificateMaker("pump-08").make();
  struct Row {
    const char* name;
    std::function<Bytes(const SignRequest&)> sign;
  };
  const auto good = [&](const SignRequest& request) { return sign_as_leaf(leaf_.key.get(), request); };
  const std::vector<Row> rows = {
      {"empty", [](const SignRequest&) { return Bytes(); }},
      {"zeros", [](const SignRequest&) { return Bytes(64); }},
      {"ones", [](const SignRequest&) { return Bytes(64, 0xff); }},
      {"a bit wrong",
       [&](const SignRequest& request) {
         Bytes signature = good(request);
         signature[10] ^= 4U;
         return signature;
       }},
      {"too short",
       [&](const SignRequest& request) {
         Bytes signature = good(request);
         signature.pop_back();
         return signature;
       }},
      {"too long",
       [&](const SignRequest& request) {
         Bytes signature = good(request);
         signature.resize(600);
         return signature;
       }},
      {"of another key", [&](const SignRequest& request) { return sign_as_leaf(other.key.get(), request); }},
      {"over another message",
       [&](SignRequest request) {
         request.message.back() ^= 1U;
         return good(request);
       }},
  };
  for (const Row& row : rows) {
    key_ = DelegatedKey::make(chain_of(leaf_), every).value();
    connect();
    ASSERT_EQ(step(), SSL_ERROR_WANT_ASYNC);
    const auto taken = key_->answer(row.sign(*key_->asked("x")));
    ASSERT_FALSE(taken) << row.name;
    EXPECT_EQ(taken.error().code, Errc::refused) << row.name;
    EXPECT_EQ(step(), SSL_ERROR_SSL) << row.name;
    EXPECT_EQ(key_->failure()->detail, taken.error().detail);
  }
}

TEST_F(DelegatedKeyTest, resumes_its_session_without_a_signature) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SSL_CTX_set_max_proto_version(client_context_.get(), version);
    key_ = DelegatedKey::make(chain_of(leaf_), every).value();
    connect();
    ASSERT_EQ(step(), SSL_ERROR_WANT_ASYNC);
    ASSERT_TRUE(key_->answer(sign_as_leaf(leaf_.key.get(), *key_->asked("x"))));
    ASSERT_EQ(step(), SSL_ERROR_NONE);
    ASSERT_TRUE(key_->confirm(client_.get()));
    EXPECT_FALSE(key_->may_connect());
    ASSERT_EQ(SSL_write(server_.get(), "hello", 5), 5);
    char part[16];
    ASSERT_EQ(SSL_read(client_.get(), part, sizeof(part)), 5);
    key_->keep_session(client_.get());
    EXPECT_TRUE(key_->may_connect());

    connect();
    EXPECT_EQ(step(), SSL_ERROR_NONE) << version;
    EXPECT_TRUE(key_->confirm(client_.get()));
    EXPECT_EQ(SSL_session_reused(client_.get()), 1);
    EXPECT_NE(SSL_get0_peer_certificate(server_.get()), nullptr) << "the service still knows whose it is";
  }
}

// Else a connection without any certificate would pass for the leaf's, as it has signed before.
TEST_F(DelegatedKeyTest, does_not_take_the_first_connections_signature_for_the_seconds) {
  connect();
  ASSERT_EQ(step(), SSL_ERROR_WANT_ASYNC);
  ASSERT_TRUE(key_->answer(sign_as_leaf(leaf_.key.get(), *key_->asked("x"))));
  ASSERT_EQ(step(), SSL_ERROR_NONE);
  ASSERT_TRUE(key_->confirm(client_.get()));
  SSL_CTX_set_verify(server_context_.get(), SSL_VERIFY_NONE, nullptr);
  connect();
  ASSERT_EQ(step(), SSL_ERROR_NONE);
  EXPECT_EQ(key_->confirm(client_.get()).error().code, Errc::conflict);
}

// A signature inside a read would have no leaf behind it.
TEST_F(DelegatedKeyTest, is_not_asked_after_the_handshake) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SSL_CTX_set_max_proto_version(client_context_.get(), version);
    key_ = DelegatedKey::make(chain_of(leaf_), every).value();
    connect();
    ASSERT_EQ(step(), SSL_ERROR_WANT_ASYNC);
    ASSERT_TRUE(key_->answer(sign_as_leaf(leaf_.key.get(), *key_->asked("x"))));
    ASSERT_EQ(step(), SSL_ERROR_NONE);
    ASSERT_TRUE(key_->confirm(client_.get()));
    if (version == TLS1_3_VERSION) {
      EXPECT_EQ(SSL_verify_client_post_handshake(server_.get()), 0) << "was not offered";
    } else {
      EXPECT_EQ(SSL_renegotiate(server_.get()), 1);
      EXPECT_EQ(SSL_do_handshake(server_.get()), 1) << "the request is out";
    }
    char part[16];
    EXPECT_EQ(SSL_read(client_.get(), part, sizeof(part)), -1);
    EXPECT_EQ(SSL_get_error(client_.get(), -1), SSL_ERROR_WANT_READ);
    EXPECT_FALSE(key_->asked_again());
    EXPECT_EQ(SSL_is_init_finished(client_.get()), 1);
  }
}

TEST_F(DelegatedKeyTest, may_go_before_the_connection_that_waits_for_it) {
  connect();
  ASSERT_EQ(step(), SSL_ERROR_WANT_ASYNC);
  key_.reset();
  EXPECT_EQ(delegated_slots(), 1U);
  EXPECT_EQ(step(), SSL_ERROR_SSL);
}

TEST_F(DelegatedKeyTest, is_not_made_for_what_cannot_sign) {
  struct Row {
    std::shared_ptr<EVP_PKEY> key;
    SchemeSet schemes;
  };
  const std::shared_ptr<EVP_PKEY> p384(EVP_EC_gen("P-384"), EVP_PKEY_free);
  const std::shared_ptr<EVP_PKEY> narrow(EVP_RSA_gen(1024U), EVP_PKEY_free);
  for (const Row& row : {Row{p384, every}, Row{narrow, every}, Row{leaf_.key, SchemeSet()},
                         Row{leaf_.key, set_of({SignatureScheme::ps256, SignatureScheme::rs256})}}) {
    const auto made = DelegatedKey::make(chain_of(CertificateMaker("x").key(row.key).make()), row.schemes);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::refused);
  }
}

TEST_F(DelegatedKeyTest, leaves_other_keys_to_the_default_provider) {
  for (const char* kind : {"EC", "RSA"}) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        kind == std::string("EC") ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")
                                  : EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}),
        EVP_PKEY_free);
    ASSERT_TRUE(key) << kind;
    EXPECT_STREQ(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(key.get())), "default");
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    Bytes signature(512);
    std::size_t size = signature.size();
    ASSERT_EQ(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()), 1);
    EXPECT_EQ(EVP_DigestSign(context.get(), signature.data(), &size, signature.data(), 100), 1);
  }
}

}  // namespace
}  // namespace leafgate::crypto::delegated_key_test
