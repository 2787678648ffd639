// What an operator does, and the lists of what waits and what was done.
#include <fstream>

#include <gmock/gmock.h>

#include "adapters/wire/enrollment_file.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/ctl/watch_model.hpp"
#include "tests/unit/ctl/verbs_fixture.hpp"

namespace leafgate::ctl::operator_verbs_test {
namespace {

using example::now;

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// What a leaf or a hub may say to a terminal: a colour, a new line, a right-to-left override.
const std::string nasty = "evil\x1b[31m\nline\xe2\x80\xaetxt";

TEST_F(VerbsTest, every_change_says_what_it_did_and_why_it_was_asked) {
  struct Row {
    int (*act)(const Session&, const std::string&);
    const char* change;
    const char* said;
  };
  for (const Row& row : std::initializer_list<Row>{{refresh, "refresh line-1", "asked about it again"},
                                                   {forget, "forget line-1", "forgotten"},
                                                   {retry_queued, "retry line-1", "waits no longer"},
                                                   {drop_queued, "drop line-1", "taken out of the queue"}}) {
    out.str("");
    EXPECT_EQ(row.act(session(), "line-1"), Exit::yes) << err.str();
    EXPECT_EQ(desk.changes.back(), row.change);
    EXPECT_EQ(desk.who.because, "a test");
    EXPECT_EQ(desk.who.pid, getpid());
    EXPECT_THAT(out.str(), StartsWith("line-1: "));
    EXPECT_THAT(out.str(), HasSubstr(row.said));
    expect_80_columns();
  }
  EXPECT_EQ(remove_enrollment(session(), "zone", "group"), Exit::yes);
  EXPECT_EQ(desk.changes.back(), "remove group zone");
  desk.fail.fail_all(Error(Errc::not_found, "nothing of this leaf waits for the service"));
  EXPECT_EQ(drop_queued(session(), "line-1"), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("nothing of this leaf waits"));
}

TEST_F(VerbsTest, the_audit_log_is_told_over_all_its_pages) {
  for (int n = 1; n <= 2500; ++n) {
    AuditEntry& entry = desk.audited.entries.emplace_back();
    entry.sequence = n;
    entry.what = "change-" + std::to_string(n);
    entry.outcome = "done";
  }
  EXPECT_EQ(show_audit(session(), {}), Exit::yes) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("change-1 "));
  EXPECT_THAT(out.str(), HasSubstr("change-1001 "));
  EXPECT_THAT(out.str(), HasSubstr("change-2500 "));
}

TEST_F(VerbsTest, strangers_are_a_table_that_nobody_can_paint) {
  EXPECT_EQ(show_strangers(session()), Exit::yes);
  EXPECT_THAT(out.str(), StartsWith("no source has failed"));
  out.str("");
  StrangerRow& stranger = desk.strangers_seen["2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff"];
  stranger.address = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff";
  stranger.events = 12;
  stranger.notes = {note(Reason::leaf_refuses_our_certificate, nasty)};
  stranger.notes[0].step = nasty;
  EXPECT_EQ(show_strangers(session()), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("dddd:eeee:ffff"));
  EXPECT_THAT(out.str(), HasSubstr("leaf-refuses-our-certifi~"));
  expect_80_columns();
}

TEST_F(VerbsTest, the_queue_tells_why_each_waits_and_when_it_goes) {
  EXPECT_EQ(show_queue(session()), Exit::yes);
  EXPECT_EQ(out.str(), "nothing waits for the service\n");
  out.str("");
  QueueRow row;
  row.registration_id = "line-1";
  row.reason = Reason::service_throttled;
  row.age = 2h;
  row.tries = 3;
  row.next_try_in = 40s;
  row.durable = true;
  QueueRow asked_about = row;
  asked_about.durable = false;
  desk.waiting = {{row, asked_about}, 4};
  EXPECT_EQ(show_queue(session()), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("line-1"));
  EXPECT_THAT(out.str(), HasSubstr("service-throttled in 40 s\n"));
  EXPECT_THAT(out.str(), HasSubstr("1 of them in memory alone"));
  EXPECT_THAT(out.str(), HasSubstr("and 2 more behind them\n"));
  expect_80_columns();
}

TEST_F(VerbsTest, the_audit_log_tells_who_when_what_and_why) {
  AuditEntry entry;
  entry.sequence = 3;
  entry.at = now - 2h;
  entry.clock = ClockQuality::synced;
  entry.actor = Actor{1000, 4711, "anna", nasty};
  entry.what = "forget";
  entry.object = "line-1";
  entry.outcome = "done";
  desk.audited.entries = {entry};
  desk.audited.removed = 2;
  EXPECT_EQ(show_audit(session(), {"7d", ""}), Exit::yes);
  EXPECT_EQ(desk.audited_since, WallTime(std::chrono::floor<Seconds>(now - 24h * 7)));
  EXPECT_THAT(out.str(), StartsWith("2 older entries were removed: 10000 are kept\n"));
  EXPECT_THAT(out.str(), HasSubstr("\n2027-01-15T06:00:00Z anna         forget line-1\n"));
  EXPECT_THAT(out.str(), HasSubstr("done; pid 4711, 2 h ago; because:"));
  expect_80_columns();
  out.str("");
  const std::string file = folder.path() + "/audit.json";
  EXPECT_EQ(show_audit(session(), {"", file}), Exit::yes);
  EXPECT_EQ(out.str(), "wrote 1 entry\n");
  EXPECT_EQ(show_audit(session(), {"monday", ""}), Exit::usage);
  EXPECT_EQ(show_audit(session(), {"", folder.path() + "/no/such"}), Exit::no);
}

TEST_F(VerbsTest, an_enrollment_is_shown_without_its_keys) {
  Enrollment one;
  one.id = "line-1";
  one.mechanism = Mechanism::symmetric_key;
  one.primary_key = SealedKey{"sealed-octets"};
  one.gateway_host_name = "gw.site";
  desk.enrolled = {one};
  EXPECT_EQ(show_enrollment(session(), "line-1"), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("gateway host   gw.site\n"));
  EXPECT_THAT(out.str(), Not(HasSubstr("bridge")));
  EXPECT_THAT(out.str(), HasSubstr("primary key    held\n"));
  EXPECT_THAT(out.str(), HasSubstr("secondary key  not held\n"));
  EXPECT_THAT(out.str(), Not(HasSubstr("sealed")));
  desk.enrolled[0].bridge = true;
  EXPECT_EQ(show_enrollment(session(), "line-1"), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("bridge         may ask for hub tokens of its leaves\n"));
  EXPECT_EQ(show_enrollment(session(), "nobody"), Exit::no);
}

TEST_F(VerbsTest, derives_device_keys_that_import_takes) {
  const std::string key_file = folder.path() + "/key";
  const std::string ids_file = folder.path() + "/ids";
  std::ofstream(key_file) << "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
  std::ofstream(ids_file) << "# of line 2\nLine-2\n\n  line-3\r\n";
  for (const bool csv : {false, true}) {
    out.str("");
    EXPECT_EQ(derive_enrollments(session(), {key_file, {"line-1"}, ids_file, csv}), Exit::yes) << err.str();
    const wire::EnrollmentFile file = wire::read_enrollment_file(out.str());
    EXPECT_EQ(file.mistakes.count(), 0U) << out.str();
    ASSERT_EQ(file.enrollments.size(), 3U);
    EXPECT_EQ(file.enrollments[1].enrollment.id, "line-2");
    EXPECT_NE(file.enrollments[0].primary_key, file.enrollments[1].primary_key);
  }
}

TEST_F(VerbsTest, derives_from_the_id_as_it_is_typed) {
  const crypto::Secret key(as_bytes("0123456789abcdef"));
  const std::string upper = derived_enrollments(key, {"Line-1"}, true).value();
  const std::string lower = derived_enrollments(key, {"line-1"}, true).value();
  EXPECT_NE(upper.substr(upper.rfind(',')), lower.substr(lower.rfind(',')));
  EXPECT_FALSE(derived_enrollments(key, {"not an id"}, true));
}

TEST_F(VerbsTest, derive_says_what_is_wrong_and_repeats_no_key) {
  const std::string key_file = folder.path() + "/key";
  std::ofstream(key_file) << "this-is-a-broken-key!";
  EXPECT_EQ(derive_enrollments(session(), {key_file, {"line-1"}, "", false}), Exit::no);
  EXPECT_THAT(err.str(), Not(HasSubstr("this-is")));
  EXPECT_EQ(derive_enrollments(session(), {"-", {}, "-", false}), Exit::no);
  EXPECT_EQ(derive_enrollments(session(), {folder.path() + "/none", {"a"}, "", false}), Exit::no);
  EXPECT_EQ(out.str(), "");
}

TEST_F(VerbsTest, socket_unit_takes_addresses_with_their_port) {
  EXPECT_EQ(write_socket_unit(session(), {{"192.0.2.1:8883", "[::]:443"}, ""}), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("ListenStream=192.0.2.1:8883\nListenStream=[::]:443\n"));
  out.str("");
  for (const std::string wrong : {"foo", "443", "0.0.0.0:0", "::1:443"}) {
    EXPECT_EQ(write_socket_unit(session(), {{wrong}, ""}), Exit::usage) << wrong;
    EXPECT_THAT(err.str(), HasSubstr(wrong));
  }
  EXPECT_EQ(out.str(), "");
}

TEST_F(VerbsTest, metrics_passes_the_daemons_text_on) {
  EXPECT_EQ(show_metrics(session()), Exit::yes);
  EXPECT_THAT(out.str(), testing::EndsWith("# EOF\n"));
}

TEST(EventReader, tells_events_as_they_come_in_pieces) {
  EventReader reader(Paint(false), false);
  const std::string text =
      "retry: 2000\n: leafgate events\n\nid: 7\nevent: attempt\ndata: {\"at\":\"2026-03-01T12:00:01.0Z\","
      "\"registrationId\":\"line-1\",\"source\":\"192.0.2.7\",\"reason\":{\"code\":\"wrong-key\"}}\n\n"
      ": still here\n\nevent: lost\ndata: {\"lost\":17}\n\n";
  std::string out;
  for (const char c : text) out += reader.take(std::string(1, c));
  EXPECT_EQ(out.find("12:00:01 attempt line-1"), 0U) << out;
  EXPECT_THAT(out, HasSubstr("17 events were lost"));
  EXPECT_EQ(reader.last(), "7");
}

TEST(EventReader, tells_what_a_change_was_done_to) {
  const auto event =
      Document::parse("{\"object\":\"2 enrollments\",\"detail\":\"enroll import: done\",\"at\":\"x\"}");
  EXPECT_THAT(event_line("change", event->root(), Paint(false)), HasSubstr("2 enrollments"));
  EXPECT_EQ(event_of("change", event->root()).what, "2 enrollments");
}

TEST(EventReader, lets_nobody_paint_the_terminal) {
  const auto event =
      Document::parse("{\"registrationId\":\"a\\u001b[2J\",\"detail\":\"\\u202e\\n\",\"at\":\"x\"}");
  const std::string line = event_line("door", event->root(), Paint(false));
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(line.find("\xe2\x80\xae"), std::string::npos);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_LE(line.size(), columns + 1);
}

TEST_F(VerbsTest, names_are_told_to_people_and_to_resolvers) {
  EXPECT_EQ(show_names(session(), {}), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("[tunnel]"));
  desk.site_names.names = {{"global.azure-devices-provisioning.net", "service"}, {"hub.example", "hub"}};
  EXPECT_EQ(show_names(session(), {}), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("--address"));
  desk.site_names.addresses = {"192.0.2.1", "2001:db8::1"};
  EXPECT_EQ(show_names(session(), {}), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("hub.example"));
  EXPECT_THAT(out.str(), HasSubstr("192.0.2.1 2001:db8::1"));
  expect_80_columns();
  out.str("");
  EXPECT_EQ(show_names(session(), {"hosts", {"192.0.2.9"}}), Exit::yes);
  EXPECT_EQ(out.str(), "192.0.2.9 global.azure-devices-provisioning.net\n192.0.2.9 hub.example\n");
}

TEST(Names, speak_the_language_of_each_resolver) {
  const std::vector<std::string> name = {"hub.example"};
  const std::vector<std::string> both = {"192.0.2.1", "2001:db8::1"};
  EXPECT_EQ(names_text(name, both, "hosts"), "192.0.2.1 hub.example\n2001:db8::1 hub.example\n");
  EXPECT_EQ(names_text(name, both, "dnsmasq"),
            "host-record=hub.example,192.0.2.1\nhost-record=hub.example,2001:db8::1\n");
  EXPECT_EQ(names_text(name, both, "unbound"),
            "server:\n    local-data: \"hub.example. A 192.0.2.1\"\n"
            "    local-data: \"hub.example. AAAA 2001:db8::1\"\n");
  EXPECT_THAT(names_text(name, both, "bind"), HasSubstr("\nhub.example A 192.0.2.1\nhub.example AAAA "));
}

}  // namespace
}  // namespace leafgate::ctl::operator_verbs_test
