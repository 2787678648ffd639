// Whatever names a leaf to people says what they call it.
#include <gmock/gmock.h>

#include "gateway/ctl/deny.hpp"
#include "gateway/ctl/handover.hpp"
#include "gateway/ctl/outage_verbs.hpp"
#include "gateway/ctl/watch_model.hpp"

namespace leafgate::ctl::labels_test {
namespace {

using testing::HasSubstr;

const WallTime now{Millis(1'800'000'000'000)};
const Paint plain(false);

// Of a list, in which it is all there is.
std::vector<View> one_of(const View& list) { return list.list("leaves"); }
std::string only_line(const Table& table, const View& list) { return table.line(one_of(list).at(0), plain); }

TEST(Labels, stand_behind_the_id_in_every_view) {
  struct Row {
    const char* view;
    std::string (*text)(const View&);
    const char* json;
  };
  constexpr const char* leaf = R"({"leaves":[{"registrationId":"press-04","label":"Presse 4"}]})";
  for (const Row& row : std::initializer_list<Row>{
           {"held", [](const View& v) { return held_text(v, plain, now); },
            R"({"held":[{"registrationId":"press-04","label":"Presse 4"}]})"},
           {"outcomes", [](const View& v) { return only_line(outcomes_table(one_of(v), columns, now), v); },
            leaf},
           {"queue", [](const View& v) { return only_line(queue_table(one_of(v), columns), v); }, leaf},
           {"events", [](const View& v) { return event_line("attempt", one_of(v)[0], plain); }, leaf},
           {"line", [](const View& v) { return lines_text(v, plain); },
            R"({"lines":[{"name":"line1","leaves":[{"registrationId":"press-04","label":"Presse 4"}]}]})"},
           {"enroll list", [](const View& v) { return only_line(enrollments_table(one_of(v), columns), v); },
            R"({"leaves":[{"id":"press-04","label":"Presse 4"}]})"},
           {"enroll show", [](const View& v) { return enrollment_text(v, plain); },
            R"({"kind":"individual","id":"press-04","label":"Presse 4"})"},
           {"deny list", [](const View& v) { return denials_text(v, plain); },
            R"({"local":[{"registrationId":"press-04","label":"Presse 4"}],"localCount":1})"},
           {"audit", [](const View& v) { return audit_text(v, plain, now); },
            R"({"what":"forget","object":"press-04","label":"Presse 4"})"},
           {"what-if", [](const View& v) { return what_if_text(v, plain, WallTime()); },
            R"({"leaves":1,"nextToDropOut":{"registrationId":"press-04","label":"Presse 4"}})"},
           {"watch", [](const View& v) { return event_of("attempt", one_of(v)[0]).what; }, leaf}}) {
    const auto document = Document::parse(row.json);
    ASSERT_TRUE(document) << row.view;
    EXPECT_THAT(row.text(document->root()), HasSubstr("press-04 Presse 4")) << row.view;
  }
}

TEST(Labels, stand_behind_ids_in_a_sentence) {
  const auto forecast = Document::parse(
      R"({"leaves":2,"notAnswered":[{"count":2,"first":["oven-1","press-04"],"labels":{"press-04":"Presse 4"}}]})");
  EXPECT_THAT(what_if_text(forecast->root(), plain, WallTime()), HasSubstr("oven-1, press-04 (Presse 4)\n"));
  const auto list = Document::parse(
      R"({"leaves":[{"registrationId":"x","state":"unknown","nearestMissing":"press-04",
"nearestMissingLabel":"Presse 4","missingHere":"oven-1","missingHereLabel":"Oven"}]})");
  const auto rows = one_of(list->root());
  const std::string line = expected_advice(rows[0], now);
  EXPECT_THAT(line, HasSubstr("is it press-04 (Presse 4), misspelt?"));
  EXPECT_THAT(line, HasSubstr("oven-1 (Oven) is expected here"));
}

TEST(Labels, are_found_by_the_filter_of_the_live_view_and_have_room_there) {
  const auto event = Document::parse(
      R"({"registrationId":"press-04","label":"Presse 4 Halle","source":"192.0.2.7","reason":{"code":"wrong-key"}})");
  WatchView view;
  view.model.take(WatchFigures(), Seconds(0));
  view.model.take(event_of("attempt", event->root()));
  view.filter = "halle";
  FrameLook look;
  std::string all;
  for (const std::string& line : view.frame(look)) all += line + "\n";
  EXPECT_THAT(all, HasSubstr("press-04 Presse 4 Halle"));
}

TEST(Labels, of_other_alphabets_stay_in_their_columns) {
  const auto list = Document::parse(R"({"leaves":[
{"registrationId":"a","label":"T\u00fcr S\u00fcd","status":"assigned","reason":{"code":"assigned-by-service"}},
{"registrationId":"b","label":"\u538b\u529b\u673a","status":"assigned","reason":{"code":"assigned-by-service"}}]})");
  const auto rows = one_of(list->root());
  const Table table = devices_table(rows, columns, now);
  EXPECT_THAT(table.line(rows[0], plain),
              HasSubstr("a               T\u00fcr S\u00fcd assigned   assigned-by-service"));
  EXPECT_THAT(table.line(rows[1], plain),
              HasSubstr("b               \u538b\u529b\u673a  assigned   assigned-by-service"));
}

}  // namespace
}  // namespace leafgate::ctl::labels_test
