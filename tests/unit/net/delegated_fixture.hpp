#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "gateway/crypto/delegated_key.hpp"
#include "gateway/crypto/delegated_provider.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/fake_leaf_signer.hpp"
#include "tests/fakes/leaf_key.hpp"
#include "tests/unit/net/tls_fixture.hpp"

namespace leafgate::net {

// For the life of the test program, as the daemon has it.
inline void need_provider() { static const crypto::ProviderScope scope; }

inline std::shared_ptr<EVP_PKEY> test_rsa_key() {
  static const std::shared_ptr<EVP_PKEY> key(EVP_RSA_gen(2048U), EVP_PKEY_free);
  return key;
}

inline SchemeSet every_scheme() {
  SchemeSet set;
  for (const auto scheme : {SignatureScheme::es256, SignatureScheme::ps256, SignatureScheme::rs256})
    set.add(scheme);
  return set;
}

// A leaf with a certificate of its own under a line's CA, and the way to its key.
struct TestLeaf {
  explicit TestLeaf(bool rsa = false) {
    CertificateMaker maker("pump-07");
    maker.by(line).with("extendedKeyUsage", "clientAuth");
    if (rsa) maker.key(test_rsa_key());
    made = maker.make();
    auto shown = std::make_shared<crypto::CertificateChain>();
    shown->certificates = {as_certificate(made), as_certificate(line)};
    chain = shown;
    signer.key = [key = made.key, this](const SignRequest& request) {
      return sign_as_leaf(key.get(), request, hash_only);
    };
  }
  TestLeaf(const TestLeaf&) = delete;
  TestLeaf& operator=(const TestLeaf&) = delete;

  TestCertificate ca = CertificateMaker("Site CA").ca().make();
  TestCertificate line = CertificateMaker("Line CA").ca().by(ca).make();
  TestCertificate made;
  std::shared_ptr<const crypto::CertificateChain> chain;
  FakeLeafSigner signer;
  bool hash_only = false;
};

// A handshake over a socketpair in virtual time whose client is a leaf elsewhere.
class DelegatedTls : public testing::Test {
 protected:
  DelegatedTls() { need_provider(); }
  ~DelegatedTls() override {
    // What still waits ends first: its frame refers to the socket.
    if (near_) near_->expire(Errc::stopped);
    if (far_) far_->expire(Errc::stopped);
    sim_.run_for(std::chrono::minutes(1));
    near_.reset();
    far_.reset();
    sim_.run_for(std::chrono::seconds(1));
    key_.reset();
    EXPECT_EQ(crypto::delegated_slots(), 0U);
  }

  void use(bool rsa, int version, const char* order = nullptr) {
    leaf_ = std::make_unique<TestLeaf>(rsa);
    SSL_CTX_set_max_proto_version(tls_.server->native(), version);
    if (order != nullptr) SSL_CTX_set1_client_sigalgs_list(tls_.server->native(), order);
  }
  // Those that want no certificate of a leaf.
  void ask_for_no_certificate() { SSL_CTX_set_verify(tls_.server->native(), SSL_VERIFY_NONE, nullptr); }

  static Task<void> fetch(std::shared_ptr<crypto::DelegatedKey> key, FakeLeafSigner& signer,
                          SignRequest request, TimePoint deadline) {
    const auto signature = co_await signer.sign(std::move(request), deadline);
    if (!signature) {
      key->fail(signature.error());
      co_return;
    }
    const auto taken = key->answer(*signature);
    (void)taken;
  }
  Delegation delegation(SchemeSet schemes = every_scheme()) {
    if (!key_) key_ = crypto::DelegatedKey::make(leaf_->chain, schemes).value();
    Delegation out;
    out.key = key_;
    out.ask = [this, key = key_](SignRequest request) {
      sim_.spawn(fetch(key, leaf_->signer, std::move(request), sim_.now() + sign_limit_));
    };
    return out;
  }
  void connect(SchemeSet schemes = every_scheme()) {
    auto [a, b] = socket_pair(sim_.executor());
    far_wire_ = b.native_handle();
    near_ = std::make_unique<TlsSocket>(std::move(a), tls_.client, TlsSocket::Role::client, deadlines_);
    near_->expect("gw.example");
    near_->expires_at(sim_.now() + std::chrono::seconds(60));
    near_->delegate(delegation(schemes));
    far_ = std::make_unique<TlsSocket>(std::move(b), tls_.server, TlsSocket::Role::server, deadlines_);
  }
  void start() {
    near_done_.reset();
    far_done_.reset();
    const auto keep = [](TlsSocket& end, std::optional<Result<void>>& into) -> Task<void> {
      into.emplace(co_await end.handshake());
    };
    sim_.spawn(keep(*near_, near_done_));
    sim_.spawn(keep(*far_, far_done_));
  }
  // The leaf's end of it; the service's stands in far_done_.
  Result<void> shake(LoopClock::duration within = std::chrono::seconds(90)) {
    start();
    const TimePoint end = sim_.now() + within;
    while (sim_.now() < end && !(near_done_ && far_done_)) sim_.run_for(std::chrono::milliseconds(5));
    return near_done_.value_or(Error(Errc::internal, "still shaking"));
  }
  // Says something to the service and has it back. In TLS 1.3 only this shows that it was let in.
  Result<std::string> talk() {
    const auto echo = [](TlsSocket& end) -> Task<void> {
      Bytes part(64);
      const auto count = co_await end.read_some(part);
      if (!count) co_return;
      const auto written = co_await end.write(ByteView(part).first(*count));
      EXPECT_TRUE(written);
    };
    sim_.spawn(echo(*far_));
    const auto written = sim_.run(near_->write(as_bytes("hello")));
    if (!written) return written.error();
    Bytes part(64);
    const auto count = sim_.run(near_->read_some(part));
    if (!count) return count.error();
    return std::string(as_text(ByteView(part).first(*count)));
  }

  Simulator sim_{1};
  TlsPair tls_;
  Deadlines deadlines_{sim_.executor()};
  std::unique_ptr<TestLeaf> leaf_ = std::make_unique<TestLeaf>();
  std::shared_ptr<crypto::DelegatedKey> key_;
  LoopClock::duration sign_limit_ = std::chrono::seconds(20);
  std::unique_ptr<TlsSocket> near_, far_;
  int far_wire_ = -1;
  std::optional<Result<void>> near_done_, far_done_;
};

}  // namespace leafgate::net
