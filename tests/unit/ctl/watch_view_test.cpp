#include <gmock/gmock.h>

#include "gateway/ctl/watch_model.hpp"

namespace leafgate::ctl::watch_view_test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const WallTime now{1'800'000'000'000ms};  // 2027-01-15 08:00:00

constexpr std::string_view status_json =
    R"({"name":"gw12","site":"plant-3","labels":{"line":"A"},"clock":"synced",
"offline":{"wouldBeAnswered":412,"wouldNot":8},"connections":38,"outbox":{"rows":12,"oldestSeconds":240},
"service":{"address":"global.azure-devices-provisioning.net:443","up":false,"registrationsPerMinute":30,
"since":"2027-01-15T05:00:00.0000000Z"},
"sinceStart":{"answeredFromCache":100,"forwarded":20,"refused":3},
"degraded":[{"reason":{"code":"service-unreachable"},"consequence":"known leaves are answered from cache"}]})";

constexpr std::string_view metrics_text = R"(# TYPE leafgate_attempts counter
leafgate_attempts_total{transport="mqtt"} 200
leafgate_attempts_total{transport="https"} 50
# TYPE leafgate_leaves gauge
leafgate_leaves{status="unassigned"} 0
leafgate_leaves{status="assigning"} 12
leafgate_leaves{status="assigned"} 405
leafgate_leaves{status="failed"} 2
leafgate_leaves{status="disabled"} 1
leafgate_queue{state="writing"} 0
leafgate_queue{state="ready"} 10
leafgate_queue{state="delayed"} 2
leafgate_queue{state="in-flight"} 3
# EOF
)";

WatchFigures figures() { return figures_of(Document::parse(status_json)->root(), metrics_text); }

WatchEvent event(const std::string& kind, const std::string& id, const std::string& code) {
  const std::string json = R"({"at":"2027-01-15T07:59:58.0000000Z","registrationId":")" + id +
                           R"(","source":"192.0.2.7","reason":{"code":")" + code + R"("},"detail":"why"})";
  return event_of(kind, Document::parse(json)->root());
}

FrameLook look(std::size_t columns, std::size_t rows) {
  FrameLook out;
  out.columns = columns;
  out.rows = rows;
  out.now = now;
  return out;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (std::string line : lines) {
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

WatchView populated() {
  WatchView view;
  view.model.take(figures(), 0s);
  for (int i = 1; i <= 5; ++i) {
    WatchFigures next = figures();
    next.attempts += i * (i + 1);
    next.from_cache += i * 2;
    view.model.take(next, 2s);
  }
  view.model.take(event("attempt", "press-01", "answered-from-cache"));
  view.model.take(event("attempt", "oven-07", "wrong-key"));
  view.model.take(event("link", "", "service-unreachable"));
  return view;
}

constexpr std::string_view picture = R"(
gw12 at plant-3 (line=A)                              clock synced  08:00:00 UTC
412 of 420 leaves are answered while the uplink is down

leaves       assigning 12   assigned 405   failed 2   disabled 1   connected 38
queue        ready 10   delayed 2   in-flight 3   oldest 4 min
service      down for 3 h   pace 30/min   global.azure-devices-provisioning.net~

service-unreachable  known leaves are answered from cache

registering                                                         :=+#@  5.0/s
from cache                                                          @@@@@  1.0/s
forwarded                                                           _____  0.0/s
refused                                                             _____  0.0/s

last refusals
07:59:58 oven-07              wrong-key                192.0.2.7  why

last events
07:59:58 link    192.0.2.7            service-unreachable    why
07:59:58 attempt oven-07              wrong-key              192.0.2.7  why
07:59:58 attempt press-01             answered-from-cache    192.0.2.7  why


q quit   p pause   f filter   ? help
)";

TEST(WatchView, looks_like_this) {
  FrameLook ascii = look(80, 24);
  ascii.utf8 = false;
  EXPECT_EQ("\n" + joined(populated().frame(ascii)), picture);
  const std::string blocks = joined(populated().frame(look(80, 24)));
  EXPECT_THAT(blocks, HasSubstr("\u2582\u2584\u2585\u2587\u2588  5.0/s\n"));
  ascii.paint = Paint(true);
  EXPECT_THAT(joined(populated().frame(ascii)), HasSubstr("\x1b[31mwrong-key\x1b[0m"));
}

TEST(WatchView, reads_status_and_metrics) {
  const WatchFigures got = figures();
  EXPECT_EQ(got.name, "gw12 at plant-3 (line=A)");
  EXPECT_EQ(got.attempts, 250);
  EXPECT_EQ(got.leaves[2], (std::pair<std::string, std::int64_t>("assigned", 405)));
  EXPECT_EQ(got.queue[3], (std::pair<std::string, std::int64_t>("in-flight", 3)));
  EXPECT_EQ(figures_of(View(nullptr), "nonsense").name, "leafgate");
}

TEST(WatchView, makes_rates_of_counts_and_starts_anew_with_the_daemon) {
  WatchModel model;
  model.take(figures(), 0s);
  WatchFigures more = figures();
  more.refused += 10;
  model.take(more, 2s);
  EXPECT_EQ(model.rates()[3].values, std::deque<double>({5}));
  model.take(WatchFigures(), 2s);
  EXPECT_EQ(model.rates()[3].values, std::deque<double>({5, 0}));
  for (int i = 0; i < 100; ++i) model.take(figures(), 2s);
  EXPECT_EQ(model.rates()[0].values.size(), WatchModel::samples_kept);
}

TEST(WatchView, knows_a_refusal_from_what_is_none) {
  EXPECT_TRUE(event("attempt", "a", "wrong-key").refused);
  EXPECT_TRUE(event("settled", "a", "service-disabled").refused);
  EXPECT_TRUE(event("door", "", "not-tls").refused);
  EXPECT_FALSE(event("attempt", "a", "answered-from-cache").refused);
  EXPECT_FALSE(event("settled", "a", "assigned-by-service").refused);
  EXPECT_FALSE(event("attempt", "a", "a-reason-of-tomorrow").refused);
}

TEST(WatchView, is_exactly_as_large_as_the_terminal) {
  const WatchView view = populated();
  for (const auto& [columns, rows] : std::initializer_list<std::pair<std::size_t, std::size_t>>{
           {80, 24}, {120, 40}, {200, 60}, {40, 10}, {20, 3}, {1, 1}, {80, 0}}) {
    const auto lines = view.frame(look(columns, rows));
    EXPECT_EQ(lines.size(), rows);
    for (const std::string& line : lines) EXPECT_LE(fitted(line, 1000, true).columns, columns) << line;
  }
}

TEST(WatchView, shows_the_filter_while_it_is_typed_and_keeps_to_it) {
  WatchView view = populated();
  EXPECT_TRUE(view.press("f"));
  EXPECT_TRUE(view.press("OvenX"));
  EXPECT_TRUE(view.press("\x7f"));
  EXPECT_THAT(joined(view.frame(look(80, 24))), HasSubstr("only with: Oven_"));
  EXPECT_TRUE(view.press("q")) << "a letter of the filter";
  EXPECT_TRUE(view.press("\x7f\r"));
  EXPECT_EQ(view.filter, "oven");
  const std::string shown = joined(view.frame(look(80, 24)));
  EXPECT_THAT(shown, HasSubstr("oven-07"));
  EXPECT_THAT(shown, Not(HasSubstr("press-01")));
  EXPECT_TRUE(view.press("f"));
  EXPECT_TRUE(view.press("\x1b"));
  EXPECT_EQ(view.filter, "oven") << "left as it was";
}

TEST(WatchView, stands_still_while_paused_and_misses_nothing) {
  WatchView view = populated();
  EXPECT_TRUE(view.press("p"));
  view.model.take(event("attempt", "late-01", "answered-from-cache"));
  EXPECT_THAT(joined(view.frame(look(80, 24))),
              testing::AllOf(HasSubstr("PAUSED"), Not(HasSubstr("late-01"))));
  EXPECT_TRUE(view.press("p"));
  EXPECT_THAT(joined(view.frame(look(80, 24))), HasSubstr("late-01"));
}

TEST(WatchView, leaves_by_q_alone_and_helps_with_a_question_mark) {
  WatchView view = populated();
  EXPECT_TRUE(view.press("?"));
  EXPECT_THAT(joined(view.frame(look(80, 24))), HasSubstr("stop the picture"));
  EXPECT_TRUE(view.press("x"));
  EXPECT_TRUE(view.press("\x1b[A"));
  EXPECT_TRUE(view.press("z"));
  EXPECT_FALSE(view.press("q"));
}

TEST(WatchView, says_that_the_daemon_has_gone_and_keeps_what_it_knew) {
  WatchView view;
  EXPECT_THAT(joined(view.frame(look(80, 24))), HasSubstr("asking the daemon"));
  view.model.lose("no such file");
  EXPECT_THAT(joined(view.frame(look(80, 24))), HasSubstr("does not answer: no such file"));
  view = populated();
  view.model.lose("connection refused");
  const std::string shown = joined(view.frame(look(80, 24)));
  EXPECT_THAT(shown, HasSubstr("not answering"));
  EXPECT_THAT(shown, HasSubstr("assigned 405"));
  view.model.take(figures(), 2s);
  EXPECT_THAT(joined(view.frame(look(80, 24))), Not(HasSubstr("not answering")));
}

TEST(WatchView, lets_nothing_a_leaf_said_reach_the_terminal_raw) {
  WatchView view = populated();
  WatchEvent evil = event("attempt", "x", "wrong-key");
  evil.what = evil.source = evil.detail = "\x1b[2J\x9b\xe2\x80\xae\n";
  view.model.take(evil);
  for (const std::string& line : view.frame(look(120, 40)))
    EXPECT_EQ(line.find_first_of("\x1b\x9b\n"), std::string::npos) << line;
}

}  // namespace
}  // namespace leafgate::ctl::watch_view_test
