// Many leaves that do not answer, beside one that does.
#include <thread>

#include "tests/unit/net/delegated_fixture.hpp"

namespace leafgate::net::delegated_crowd_test {
namespace {

using namespace std::chrono_literals;

class DelegatedCrowd : public DelegatedTls {
 protected:
  struct Pending {
    std::shared_ptr<crypto::DelegatedKey> key;
    std::unique_ptr<TlsSocket> near, far;
    std::optional<Result<void>> near_done, far_done;
  };
  Pending& add() {
    auto [a, b] = socket_pair(sim_.executor());
    Pending& one = *pending_.emplace_back(std::make_unique<Pending>());
    key_.reset();
    one.near = std::make_unique<TlsSocket>(std::move(a), tls_.client, TlsSocket::Role::client, deadlines_);
    one.near->expect("gw.example");
    one.near->expires_at(sim_.now() + 30s);
    one.near->delegate(delegation());
    one.key = std::exchange(key_, nullptr);
    one.far = std::make_unique<TlsSocket>(std::move(b), tls_.server, TlsSocket::Role::server, deadlines_);
    const auto keep = [](TlsSocket& end, std::optional<Result<void>>& into) -> Task<void> {
      into.emplace(co_await end.handshake());
    };
    sim_.spawn(keep(*one.near, one.near_done));
    sim_.spawn(keep(*one.far, one.far_done));
    return one;
  }
  void leave() {
    pending_.clear();
    sim_.run_for(1s);
  }

  std::vector<std::unique_ptr<Pending>> pending_;
};

TEST_F(DelegatedCrowd, of_silent_leaves_does_not_delay_one_that_signs) {
  constexpr std::size_t silent = 300;
  leaf_->signer.latency = Millis(100);
  const TimePoint begin = sim_.now();
  Pending& alone = add();
  while (!alone.near_done) sim_.run_for(1ms);
  const auto undisturbed = sim_.now() - begin;

  leaf_->signer.mood = FakeLeafSigner::Mood::silent;
  for (std::size_t i = 0; i < silent; ++i) add();
  while (leaf_->signer.requests.size() < 1 + silent) sim_.run_for(1ms);
  EXPECT_EQ(crypto::delegated_slots(), 1 + silent);

  leaf_->signer.mood = FakeLeafSigner::Mood::signs;
  const TimePoint later = sim_.now();
  Pending& healthy = add();
  while (!healthy.near_done) sim_.run_for(1ms);
  EXPECT_TRUE(*healthy.near_done);
  EXPECT_LE(sim_.now() - later, undisturbed + 2ms);

  sim_.run_for(40s);
  std::size_t blamed = 0;
  for (const auto& one : pending_)
    if (one->key->failure()) ++blamed;
  EXPECT_EQ(blamed, silent);
  leave();
}

// A thread of its own, whose first word on the bound counts.
TEST(DelegatedJobs, are_waited_for_when_all_are_taken) {
  std::thread other([] {
    crypto::bound_delegated_jobs(1);
    struct Three : DelegatedCrowd {
      void TestBody() override {
        leaf_->signer.latency = Millis(400);
        for (int i = 0; i < 3; ++i) add();
        const TimePoint begin = sim_.now();
        sim_.run_for(390ms);
        EXPECT_EQ(leaf_->signer.requests.size(), 1U) << "the others have no job yet";
        sim_.run_for(5s);
        EXPECT_GE(sim_.now() - begin, 1200ms);
        for (const auto& one : pending_) EXPECT_TRUE(one->near_done && *one->near_done);
        EXPECT_EQ(leaf_->signer.requests.size(), 3U);
        leave();
      }
    };
    Three().TestBody();
  });
  other.join();
}

}  // namespace
}  // namespace leafgate::net::delegated_crowd_test
