#include "tests/unit/status/routes_fixture.hpp"

// Which bodies are read at all, by their heads.
namespace leafgate::status::bodies_test {
namespace {

constexpr std::size_t small = 16 * 1024;
constexpr std::size_t medium = 1024 * 1024;
constexpr std::size_t large = 60 * medium;

struct StatusBodies : RoutesTest {
  net::HttpRequest asked = request("POST", "/v1/enrollments");

  int refusal(std::size_t size) {
    const net::BodyVerdict verdict = routes.judge_body(asked, size);
    return verdict.refusal ? verdict.refusal->status : 0;
  }
};

net::PeerCredentials process_of(uid_t user, std::vector<gid_t> groups = {}) {
  net::PeerCredentials who;
  who.uid = user;
  who.groups = std::move(groups);
  return who;
}

TEST_F(StatusBodies, are_read_of_nobody_who_may_not_send_them) {
  asked.peer = net::HttpPeer(process_of(1000));
  EXPECT_EQ(refusal(1), 403);
  asked.target = "/v1/nothing";
  EXPECT_EQ(refusal(1), 404);
  asked.target = "/v1/status";
  EXPECT_EQ(refusal(1), 405);
  asked.headers = {};
  asked.headers.add("Host", "evil.example");
  EXPECT_EQ(refusal(1), 421);
}

TEST_F(StatusBodies, are_large_only_where_a_file_is_taken) {
  for (const char* path : {"/v1/enrollments", "/v1/deny", "/v1/expected"}) {
    asked.target = path;
    EXPECT_EQ(refusal(large), 0) << path;
  }
  for (const char* path : {"/v1/sync", "/v1/deny/entries", "/v1/tpm/setup"}) {
    asked.target = path;
    EXPECT_EQ(refusal(small), 0) << path;
    EXPECT_EQ(refusal(small + 1), 413) << path;
  }
}

TEST_F(StatusBodies, that_are_large_come_one_at_a_time) {
  {
    const net::BodyVerdict first = routes.judge_body(asked, large);
    EXPECT_EQ(refusal(medium + 1), 409);
    EXPECT_EQ(refusal(medium), 0) << "a deny list does not wait for them";
  }
  EXPECT_EQ(refusal(large), 0);
}

TEST_F(StatusBodies, places_are_kept_for_who_may_do_more_than_read) {
  routes.let(gid_t{700}, {uid_t{33}});
  EXPECT_TRUE(routes.does_more_than_read(process_of(0)));
  EXPECT_TRUE(routes.does_more_than_read(process_of(1000, {4, 700})));
  EXPECT_TRUE(routes.does_more_than_read(process_of(33)));
  EXPECT_FALSE(routes.does_more_than_read(process_of(1000, {4})));
}

}  // namespace
}  // namespace leafgate::status::bodies_test
