// Delegated handshakes over the network: OpenSSL's own server, which verifies the leaf's chain, and peers
// that break off.
#include <array>
#include <atomic>
#include <thread>

#include <poll.h>
#include <sys/socket.h>

#include "gateway/net/connector.hpp"
#include "gateway/net/listening.hpp"
#include "tests/unit/net/blocking_client.hpp"
#include "tests/unit/net/delegated_fixture.hpp"
#include "tests/unit/net/openssl_server.hpp"

namespace leafgate::net::delegated_connector_test {
namespace {

using namespace std::chrono_literals;

// In real time, on a loop of this thread.
class DelegatedConnector : public testing::Test {
 protected:
  DelegatedConnector() { need_provider(); }
  ~DelegatedConnector() override {
    key_.reset();
    EXPECT_EQ(crypto::delegated_slots(), 0U);
  }

  static Task<void> fetch(std::shared_ptr<crypto::DelegatedKey> key, FakeLeafSigner& signer,
                          SignRequest request) {
    const auto signature = co_await signer.sign(std::move(request), LoopClock::now() + 10s);
    if (!signature) {
      key->fail(signature.error());
      co_return;
    }
    const auto taken = key->answer(*signature);
    (void)taken;
  }
  // Shows the leaf there, says a line, and gives what came back or the error.
  Result<std::string> ask(TestLeaf& leaf, std::uint16_t port, LoopClock::duration limit = 20s) {
    boost::asio::io_context context(1);
    const Executor loop = context.get_executor();
    std::optional<Connector> connector(std::in_place, loop, tls_.client);
    key_ = crypto::DelegatedKey::make(leaf.chain, every_scheme()).value();
    Delegation delegation;
    delegation.key = key_;
    delegation.ask = [&, loop](SignRequest request) {
      if (on_ask) on_ask();
      spawn(loop, fetch(key_, leaf.signer, std::move(request)));
    };
    Result<std::string> answer = Error(Errc::internal, "did not run");
    const auto converse = [](Connector& by, Target where, TimePoint until, Delegation as,
                             Result<std::string>& into) -> Task<void> {
      auto stream = co_await by.connect(std::move(where), until, std::move(as));
      if (!stream) {
        into = stream.error();
        co_return;
      }
      const auto written = co_await (*stream)->write(as_bytes("hello\n"));
      EXPECT_TRUE(written);
      Bytes part(100);
      const auto count = co_await (*stream)->read_some(part);
      if (count) into = std::string(as_text(ByteView(part).first(*count)));
      if (!count) into = count.error();
    };
    const Target target{"127.0.0.1", port, "gw.example"};
    const auto go = [](boost::asio::io_context& on, Task<void> task) -> Task<void> {
      co_await std::move(task);
      on.stop();  // a leaf that still thinks about it is not waited for
    };
    spawn(loop,
          go(context, converse(*connector, target, LoopClock::now() + limit, std::move(delegation), answer)));
    context.run();
    return answer;
  }
  [[nodiscard]] std::vector<std::string> server_options(const TestCertificate& ca,
                                                        const char* version) const {
    TestPki::write(tls_.pki.path("leaf-ca.pem"), {ca});
    return {version,
            "-cert",
            tls_.pki.certificate_file(),
            "-key",
            tls_.pki.key_file(),
            "-CAfile",
            tls_.pki.path("leaf-ca.pem"),
            "-Verify",
            "3",
            "-verify_return_error",
            "-attime",
            std::to_string(std::chrono::floor<Seconds>(test_day()).time_since_epoch().count())};
  }

  TlsPair tls_;
  std::shared_ptr<crypto::DelegatedKey> key_;
  std::function<void()> on_ask;
};

TEST_F(DelegatedConnector, convinces_a_server_that_verifies_the_leafs_chain) {
  for (const bool rsa : {false, true}) {
    for (const char* version : {"-tls1_2", "-tls1_3"}) {
      TestLeaf leaf(rsa);
      OpensslServer server(server_options(leaf.ca, version));
      const auto answer = ask(leaf, server.port());
      ASSERT_TRUE(answer) << version << (rsa ? " RSA: " : " EC: ") << answer.error().detail;
      EXPECT_EQ(*answer, "olleh\n");
      EXPECT_EQ(leaf.signer.requests.size(), 1U);
      EXPECT_NE(server.line_with("CONNECTION ESTABLISHED"), "");
    }
  }
}

TEST_F(DelegatedConnector, tells_that_a_server_does_not_take_the_certificate) {
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    TestLeaf leaf;
    OpensslServer server(server_options(tls_.pki.ca(), version));
    const auto answer = ask(leaf, server.port());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::refused) << answer.error().detail;
    EXPECT_NE(answer.error().detail.find("the service does not take the leaf's certificate: unknown CA"),
              std::string::npos)
        << answer.error().detail;
  }
}

// Passes octets between one client and a server until told to reset the client.
class Relay {
 public:
  explicit Relay(std::uint16_t server_port)
      : listening_(open_listening("127.0.0.1:0", {}).value()),
        thread_([this, server_port] { run(server_port); }) {}
  ~Relay() { thread_.join(); }
  [[nodiscard]] std::uint16_t port() const { return bound_port(listening_.get()); }
  void reset() { reset_ = true; }

 private:
  void run(std::uint16_t server_port) {
    pollfd coming{listening_.get(), POLLIN, 0};
    ::poll(&coming, 1, 20'000);
    const OwnedDescriptor client(::accept(listening_.get(), nullptr, nullptr));
    const BlockingClient server(server_port);
    while (!reset_) {
      pass(client.get(), server.fd());
      pass(server.fd(), client.get());
    }
    const linger at_once{1, 0};
    ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }
  static void pass(int from, int to) {
    pollfd ready{from, POLLIN, 0};
    std::array<char, 4096> part{};
    if (::poll(&ready, 1, 2) <= 0) return;
    const ssize_t got = ::recv(from, part.data(), part.size(), 0);
    if (got > 0) ::send(to, part.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
  }

  std::atomic<bool> reset_{false};
  OwnedDescriptor listening_;
  std::thread thread_;
};

TEST_F(DelegatedConnector, notices_a_reset_while_the_leaf_is_asked) {
  TestLeaf leaf;
  leaf.signer.latency = Millis(5000);
  OpensslServer server(server_options(leaf.ca, "-tls1_3"));
  Relay relay(server.port());
  on_ask = [&] { relay.reset(); };
  const TimePoint begin = LoopClock::now();
  const auto answer = ask(leaf, relay.port());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unreachable) << answer.error().detail;
  EXPECT_LT(LoopClock::now() - begin, 4s) << "at once, not when the leaf has signed";
  EXPECT_FALSE(key_->failure());
}

}  // namespace
}  // namespace leafgate::net::delegated_connector_test
