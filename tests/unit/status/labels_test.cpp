// Every answer that names a leaf says what people call it.
#include <gmock/gmock.h>

#include "gateway/flows/events.hpp"
#include "gateway/model/ids.hpp"
#include "tests/fakes/fake_commissioning.hpp"
#include "tests/fakes/fake_deny_operator.hpp"
#include "tests/fakes/fake_line_operator.hpp"
#include "tests/fakes/fake_outage_operator.hpp"
#include "tests/unit/status/routes_fixture.hpp"

namespace leafgate::status::labels_test {
namespace {

using Json = nlohmann::json;

const std::string id = "Press-04";
const std::string label =
    "Presse S\xc3\xbc"
    "d";

// How many objects name the leaf, and how many of them say its label.
struct Found {
  int named = 0;
  int labelled = 0;
};

void look(const Json& json, Found& found) {
  if (json.is_object() && equal_ignoring_case(json.value("registrationId", ""), id)) {
    ++found.named;
    if (json.value("label", "") == label) ++found.labelled;
  }
  if (json.is_structured())
    for (const Json& element : json) look(element, found);
}

struct LabelsTest : RoutesTest {
  FakeCommissioning list;
  FakeDenyOperator denials;
  FakeOutageOperator outages;
  FakeLineOperator lines;
  Events events;
  Routes labelled{[this] {
                    RoutesPorts out{desk, metrics, sim.executor(), &events};
                    out.commissioning = &list;
                    out.denials = &denials;
                    out.outages = &outages;
                    out.lines = &lines;
                    return out;
                  }(),
                  gid_t{700}};

  LabelsTest() {
    list.labels["press-04"] = label;
    ExpectedRow& row = list.page.rows.emplace_back();
    row.leaf.registration_id = id;
    row.leaf.label = label;
    desk.leaves["press-04"].device.registration_id = id;
    desk.waiting.rows.emplace_back().registration_id = id;
    denials.leaves.emplace_back().registration_id = id;
    denials.report.local = {make_denial(DenyKind::registration_id, id).value()};
    outages.put(id, PromiseState::needs_the_leaf, PromiseState::needs_the_leaf, Reason::needs_the_leaf);
    outages.forecast.next_id = id;
    FakeLines::add_leaf(lines.lines.add("line1"), id);
    Event event;
    event.registration_id = id;
    events.tell(event);
  }
  Json ask(const std::string& method, const std::string& target, const std::string& body = {}) {
    net::HttpRequest asked = request(method, target);
    asked.body = body;
    const net::HttpResponse got = sim.run(labelled.handle(std::move(asked)));
    EXPECT_EQ(got.status, 200) << target << " " << got.body;
    return Json::parse(got.body, nullptr, false);
  }
};

TEST_F(LabelsTest, stand_beside_the_id_wherever_a_leaf_is_named) {
  struct Row {
    const char* method;
    const char* target;
    const char* body;
  };
  for (const Row& row : std::initializer_list<Row>{{"GET", "/v1/registrations", ""},
                                                   {"GET", "/v1/registrations/press-04", ""},
                                                   {"GET", "/v1/queue", ""},
                                                   {"GET", "/v1/held", ""},
                                                   {"GET", "/v1/deny", ""},
                                                   {"GET", "/v1/outcomes", ""},
                                                   {"GET", "/v1/what-if", ""},
                                                   {"GET", "/v1/lines", ""},
                                                   {"GET", "/v1/events/kept", ""},
                                                   {"GET", "/v1/expected", ""},
                                                   {"POST", "/v1/registrations/Press-04/refresh", ""},
                                                   {"DELETE", "/v1/registrations/Press-04", ""},
                                                   {"POST", "/v1/queue/Press-04/retry", ""},
                                                   {"DELETE", "/v1/queue/Press-04", ""},
                                                   {"POST", "/v1/held/Press-04/approve", ""},
                                                   {"POST", "/v1/held/Press-04/reject", ""}}) {
    Found found;
    look(ask(row.method, row.target, row.body), found);
    EXPECT_GE(found.named, 1) << row.target;
    EXPECT_EQ(found.labelled, found.named) << row.method << " " << row.target;
  }
}

TEST_F(LabelsTest, stand_beside_ids_that_have_another_name) {
  Enrollment individual;
  individual.id = "press-04";
  desk.enrolled = {individual};
  EXPECT_EQ(ask("GET", "/v1/enrollments")["enrollments"][0]["label"], label);
  EXPECT_EQ(ask("GET", "/v1/enrollments/press-04")["enrollments"][0]["label"], label);
  desk.enrolled[0].kind = EnrollmentKind::group;
  EXPECT_FALSE(ask("GET", "/v1/enrollments")["enrollments"][0].contains("label")) << "a group is no leaf";

  AuditEntry& entry = desk.audited.entries.emplace_back();
  entry.sequence = 3;
  entry.object = id;
  EXPECT_EQ(ask("GET", "/v1/audit")["entries"][0]["label"], label);
  desk.audited.entries[0].object = "registrationId press-04";  // as a deny list names it
  EXPECT_EQ(ask("GET", "/v1/audit")["entries"][0]["label"], label);

  NotAnswered why;
  why.first = {"oven-01", id};
  outages.forecast.not_answered.push_back(why);
  EXPECT_EQ(ask("GET", "/v1/what-if")["notAnswered"][0]["labels"], Json({{id, label}}));

  list.page.rows[0].nearest = list.page.rows[0].expected_here = "press-04";
  const Json expected = ask("GET", "/v1/expected")["leaves"][0];
  EXPECT_EQ(expected["nearestMissingLabel"], label);
  EXPECT_EQ(expected["missingHereLabel"], label);

  EXPECT_EQ(ask("POST", "/v1/deny/entries", R"({"registrationId":"Press-04"})")["label"], label);
  EXPECT_EQ(ask("DELETE", "/v1/deny/entries/registrationId/press-04")["label"], label);
}

TEST_F(LabelsTest, a_full_page_of_the_audit_log_says_where_the_next_one_begins) {
  for (const std::int64_t sequence : {3, 4, 7}) desk.audited.entries.emplace_back().sequence = sequence;
  EXPECT_EQ(ask("GET", "/v1/audit?limit=2")["next"], "4");
  EXPECT_TRUE(ask("GET", "/v1/audit?limit=2&after=4")["next"].is_null());
}

}  // namespace
}  // namespace leafgate::status::labels_test
