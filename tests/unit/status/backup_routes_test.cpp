// What the route of backups gives, and to whom.
#include "adapters/status/reply.hpp"
#include "tests/unit/status/routes_fixture.hpp"

namespace leafgate::status::backup_routes_test {
namespace {

using net::HttpRequest;
using net::HttpResponse;

struct TwoPieces : BackupSource {
  int given = 0;
  [[nodiscard]] std::uint64_t size() const override { return 9; }
  Result<Bytes> next() override {
    const std::string piece = given++ == 0 ? "first" : given == 2 ? "next" : "";
    return Bytes(piece.begin(), piece.end());
  }
};

struct FakeBackups : BackupOperator {
  std::string recipient;
  Actor who;
  std::optional<Error> refusal;
  Task<Result<std::shared_ptr<BackupSource>>> back_up(std::string key, Actor asks) override {
    recipient = std::move(key);
    who = std::move(asks);
    if (refusal) co_return *refusal;
    std::shared_ptr<BackupSource> source = std::make_shared<TwoPieces>();
    co_return source;
  }
};

struct BackupRoutesTest : RoutesTest {
  FakeBackups backups;
  Routes with_backups{{desk, metrics, sim.executor(), nullptr, {}, nullptr, &backups}, gid_t{700}};

  HttpRequest wanted(std::string body) {
    HttpRequest out = request("POST", "/v1/backup");
    out.body = std::move(body);
    return out;
  }
  HttpResponse ask(HttpRequest asked) { return sim.run(with_backups.handle(std::move(asked))); }
};

TEST_F(BackupRoutesTest, gives_an_envelope_of_a_known_length) {
  const HttpResponse got = ask(wanted("the key"));
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(*got.headers.find("Content-Length"), "9");
  EXPECT_EQ(backups.recipient, "the key");
  EXPECT_TRUE(got.takeover);
}

TEST_F(BackupRoutesTest, says_why_there_is_none) {
  EXPECT_EQ(ask(wanted("")).status, 400);
  EXPECT_EQ(ask(wanted(std::string(20'000, 'x'))).status, 400);
  backups.refusal = Error(Errc::throttled, "the sealing key is out of reach");
  const HttpResponse got = ask(wanted("the key"));
  EXPECT_EQ(got.status, http_status_of(Errc::throttled));
  EXPECT_NE(got.body.find("out of reach"), std::string::npos);
  EXPECT_EQ(sim.run(routes.handle(wanted("the key"))).status, 404);
}

}  // namespace
}  // namespace leafgate::status::backup_routes_test
