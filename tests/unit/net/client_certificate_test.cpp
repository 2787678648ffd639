// Certificates of leaves at the server side of TLS, over a socketpair in virtual time.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "gateway/net/tls_socket.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/unit/net/tls_fixture.hpp"

namespace leafgate::net::client_certificate_test {
namespace {

using namespace std::chrono_literals;
using Role = TlsSocket::Role;
using Maker = CertificateMaker;

int& tickets_got() {
  static int count = 0;
  return count;
}
int count_ticket(SSL*, SSL_SESSION*) {
  ++tickets_got();
  return 0;
}

class ClientCertificate : public testing::TestWithParam<int> {
 protected:
  ClientCertificate() {
    SSL_CTX* context = tls_.client->native();
    SSL_CTX_set_max_proto_version(context, GetParam());
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(context, count_ticket);
    tickets_got() = 0;
  }
  ~ClientCertificate() override {
    near_.reset();
    far_.reset();
    sim_.run_for(1s);
  }

  void show(const std::vector<TestCertificate>& chain) {
    SSL_CTX* context = tls_.client->native();
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_use_certificate(context, chain.front().certificate.get());
    SSL_CTX_use_PrivateKey(context, chain.front().key.get());
    for (std::size_t i = 1; i < chain.size(); ++i)
      SSL_CTX_add1_chain_cert(context, chain[i].certificate.get());
  }

  // The server's end of it; the client reads once, so that it sees tickets and alerts.
  Result<void> shake() {
    auto [a, b] = socket_pair(sim_.executor());
    near_ = std::make_unique<TlsSocket>(std::move(a), tls_.client, Role::client, deadlines_);
    far_ = std::make_unique<TlsSocket>(std::move(b), tls_.server, Role::server, deadlines_);
    const auto client = [](TlsSocket& end) -> Task<void> {
      const auto done = co_await end.handshake();
      if (!done) co_return;
      Bytes part(16);
      const auto read = co_await end.read_some(part);
      EXPECT_TRUE(read || !read);
    };
    sim_.spawn(client(*near_));
    auto far = sim_.run(far_->handshake());
    if (far) {
      const auto written = sim_.run(far_->write(as_bytes("hello")));
      EXPECT_TRUE(written);
    }
    sim_.run_for(200ms);
    return far;
  }

  Simulator sim_{1};
  TlsPair tls_;
  Deadlines deadlines_{sim_.executor()};
  std::unique_ptr<TlsSocket> near_, far_;
  const TestCertificate ca_ = Maker("Site CA").ca().make();
  const TestCertificate line_ = Maker("Line CA").ca().by(ca_).make();
};

TEST_P(ClientCertificate, is_not_needed) {
  ASSERT_TRUE(shake());
  EXPECT_EQ(far_->peer_chain(), nullptr);
  EXPECT_EQ(tickets_got(), 1);
}

TEST_P(ClientCertificate, arrives_with_its_chain_whoever_signed_it) {
  show({Maker("pump-07").by(line_).make(), line_, ca_});
  const auto shaken = shake();
  ASSERT_TRUE(shaken) << shaken.error().detail;
  const auto chain = far_->peer_chain();
  ASSERT_TRUE(chain);
  ASSERT_EQ(chain->certificates.size(), 3U);
  EXPECT_EQ(chain->leaf().common_name(), "pump-07");
  EXPECT_EQ(chain->certificates[1].sha256(), as_certificate(line_).sha256());
  EXPECT_EQ(chain->certificates[2].sha256(), as_certificate(ca_).sha256());
}

TEST_P(ClientCertificate, may_have_an_rsa_key) {
  show({Maker("pump-07").key(EVP_RSA_gen(2048U)).make()});
  const auto shaken = shake();
  ASSERT_TRUE(shaken) << shaken.error().detail;
  EXPECT_EQ(far_->peer_chain()->leaf().key_kind(), crypto::KeyKind::rsa);
}

// A ticket keeps the leaf's certificate and loses the ones above it: a resumed session could not be judged.
TEST_P(ClientCertificate, gets_no_ticket) {
  show({Maker("pump-07").by(ca_).make()});
  ASSERT_TRUE(shake());
  EXPECT_EQ(tickets_got(), 0);
}

TEST_P(ClientCertificate, is_refused_with_more_than_ten_in_its_chain) {
  std::vector<TestCertificate> chain{Maker("pump-07").by(line_).make()};
  while (chain.size() < 10) chain.push_back(line_);
  show(chain);
  EXPECT_TRUE(shake());
  show({Maker("pump-07").by(line_).make(), line_});
  EXPECT_FALSE(shake()) << "the context has eleven now";
}

TEST_P(ClientCertificate, is_refused_when_its_chain_is_larger_than_16_KiB) {
  const std::string long_text(6'000, 'x');
  const auto wide = [&](const std::string& name) {
    return Maker(name).by(ca_).with("nsComment", long_text).make();
  };
  show({wide("pump-07"), wide("a"), wide("b")});
  EXPECT_FALSE(shake());
}

INSTANTIATE_TEST_SUITE_P(of_tls, ClientCertificate, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& of) { return of.param == TLS1_2_VERSION ? "1_2" : "1_3"; });

}  // namespace
}  // namespace leafgate::net::client_certificate_test
