// Who watches, in virtual time.
#include <gmock/gmock.h>

#include "gateway/flows/events.hpp"
#include "gateway/net/memory_stream.hpp"
#include "tests/unit/status/routes_fixture.hpp"

namespace leafgate::status::events_route_test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

struct EventsRouteTest : testing::Test {
  Simulator sim{1};
  FakeOperator desk;
  Metrics metrics;
  Events events;
  Routes routes{{desk, metrics, sim.executor(), &events}, gid_t{700}};
  net::MemoryStream::Pair ends = net::MemoryStream::make_pair(sim.executor());
  bool over = false;

  void watch(const std::string& query, const std::string& last = {}) {
    net::HttpRequest asked("GET", "/v1/events" + query);
    asked.headers.add("Host", "gateway");
    if (!last.empty()) asked.headers.add("Last-Event-ID", last);
    net::HttpResponse got = sim.run(routes.handle(std::move(asked)));
    ASSERT_EQ(got.status, 200) << got.body;
    sim.spawn(serve(got.takeover));
    sim.run_for(1ms);
  }
  Task<void> serve(std::function<Task<void>(net::Stream&, std::string)> takeover) {
    co_await takeover(*ends.first, "");
    over = true;
    ends.first.reset();
  }
  void tell(const std::string& id) {
    Event event;
    event.registration_id = id;
    event.reason = Reason::wrong_key;
    events.tell(event);
  }
  std::string read() {
    Bytes room(1 << 20);
    auto got = sim.run(ends.second->read_some(room));
    return got ? std::string(as_text(ByteView(room).first(*got))) : std::string();
  }
  // Without going on to the moment when patience ends.
  Task<void> read_into(std::string& text) {
    Bytes room(1 << 20);
    auto got = co_await ends.second->read_some(room);
    if (got) text += as_text(ByteView(room).first(*got));
  }
  void go_away() {
    ends.second.reset();
    sim.run_for(20s);
  }
};

TEST_F(EventsRouteTest, tells_what_happens_from_then_on) {
  tell("before");
  watch("");
  EXPECT_THAT(read(), HasSubstr("retry: 2000"));
  tell("line-1");
  const std::string text = read();
  EXPECT_THAT(text, HasSubstr("id: 2\nevent: attempt\ndata: {"));
  EXPECT_THAT(text, HasSubstr("\"registrationId\":\"line-1\""));
  EXPECT_THAT(text, Not(HasSubstr("before")));
  go_away();
  EXPECT_TRUE(over);
  EXPECT_EQ(events.watchers(), 0U);
}

TEST_F(EventsRouteTest, a_change_tells_what_it_was_done_to_and_no_reason) {
  watch("?match=enrollments");
  (void)read();
  Event change;
  change.kind = EventKind::change;
  change.object = "2 enrollments";
  change.detail = "enroll import: done";
  events.tell(change);
  const std::string text = read();
  EXPECT_THAT(text, HasSubstr("\"object\":\"2 enrollments\""));
  EXPECT_THAT(text, Not(HasSubstr("registrationId")));
  EXPECT_THAT(text, Not(HasSubstr("reason")));
  go_away();
}

TEST_F(EventsRouteTest, goes_on_where_the_watcher_was) {
  for (const char* id : {"a", "b", "c"}) tell(id);
  watch("", "2");
  const std::string text = read();
  EXPECT_THAT(text, HasSubstr("\"c\""));
  EXPECT_THAT(text, Not(HasSubstr("\"b\"")));
  go_away();
}

TEST_F(EventsRouteTest, says_that_it_is_still_there_also_when_nothing_fits) {
  watch("?match=LINE");
  (void)read();
  tell("other");
  sim.run_for(16s);
  const std::string text = read();
  EXPECT_THAT(text, testing::StartsWith(": still here\n\n"));
  EXPECT_THAT(text, Not(HasSubstr("other")));
  tell("line-1");
  EXPECT_THAT(read(), HasSubstr("line-1"));
  go_away();
}

TEST_F(EventsRouteTest, a_slow_reader_loses_events_and_is_told_how_many) {
  watch("");
  for (int i = 0; i < 5000; ++i) {
    tell("line-" + std::to_string(i));
    if (i % 100 == 0) sim.run_for(1ms);
  }
  EXPECT_EQ(events.newest(), 5000U) << "nobody waits for a reader";
  std::string text;
  for (int i = 0; i < 50 && text.find("line-4999") == std::string::npos; ++i) {
    sim.spawn(read_into(text));
    sim.run_for(1ms);
  }
  EXPECT_THAT(text, HasSubstr("event: lost\ndata: {\"lost\":"));
  EXPECT_THAT(text, HasSubstr("line-4999"));
  go_away();
}

TEST_F(EventsRouteTest, only_so_many_may_watch) {
  net::HttpRequest asked("GET", "/v1/events");
  asked.headers.add("Host", "gateway");
  std::vector<net::HttpResponse> answers;
  for (int i = 0; i < 8; ++i) answers.push_back(sim.run(routes.handle(asked)));
  EXPECT_EQ(answers.back().status, 200) << "a seat is taken with the answer";
  EXPECT_EQ(sim.run(routes.handle(asked)).status, 429);
  answers.pop_back();
  EXPECT_EQ(sim.run(routes.handle(asked)).status, 200);
  answers.clear();
  EXPECT_EQ(events.watchers(), 0U);
}

TEST_F(EventsRouteTest, who_reads_nothing_loses_his_seat) {
  watch("");
  for (int i = 0; i < 5000; ++i) tell("line-" + std::to_string(i));
  sim.run_for(29s);
  EXPECT_EQ(events.watchers(), 1U);
  sim.run_for(2s);
  EXPECT_TRUE(over);
  EXPECT_EQ(events.watchers(), 0U);
}

}  // namespace
}  // namespace leafgate::status::events_route_test
