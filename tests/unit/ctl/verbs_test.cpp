#include "gateway/ctl/verbs.hpp"

#include <cerrno>
#include <fstream>
#include <streambuf>
#include <thread>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "adapters/status/render.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/unit/ctl/verbs_fixture.hpp"

namespace leafgate::ctl::verbs_test {
namespace {

using example::now;

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST_F(VerbsTest, status_begins_with_who_would_be_answered_alone) {
  desk.report.name = "gw12";
  desk.report.site = "plant-3";
  desk.report.labels["line"] = "A";
  desk.report.offline_ready = 118;
  desk.report.offline_not_ready = 2;
  desk.report.outbox = 37;
  desk.report.outbox_oldest = 2h;
  desk.report.service = "a-very-long-name-of-a-service.azure-devices-provisioning.net:443";
  desk.report.secrets = "unprotected";
  desk.report.listening = {"mqtt 0.0.0.0:8883"};
  desk.report.certificates_left.emplace_back("tls", 24h * 12);
  DegradedMode mode;
  mode.reason = Reason::service_unreachable;
  mode.consequence = "known leaves are answered from cache, new ones wait";
  mode.since = now - 5h;
  desk.report.degraded.push_back(mode);
  EXPECT_EQ(show_status(session()), Exit::yes);
  EXPECT_THAT(out.str(), StartsWith("118 of 120 leaves are answered while the uplink is down\n"));
  desk.report.offline_ready = 1;
  desk.report.offline_not_ready = 0;
  EXPECT_THAT(status_text(Document::parse(status::render(desk.report, nullptr))->root(), Paint(false), now),
              StartsWith("1 of 1 leaf is answered while the uplink is down\n"));
  desk.report.offline_ready = 118;
  desk.report.offline_not_ready = 2;
  desk.report.service_up = true;
  EXPECT_THAT(status_text(Document::parse(status::render(desk.report, nullptr))->root(), Paint(false), now),
              StartsWith("118 of 120 leaves would be answered if the uplink went now\n"));
  desk.report.certificates_left.clear();
  EXPECT_THAT(
      status_text(Document::parse(status::render(desk.report, nullptr))->root(), Paint(false), now),
      StartsWith("no certificate to show: leaves that come by TLS are turned away\n118 of 120 leaves"));
  EXPECT_THAT(out.str(), HasSubstr("gw12 at plant-3 (line=A)\n"));
  EXPECT_THAT(out.str(), HasSubstr("37 waiting, oldest 2 h"));
  EXPECT_THAT(out.str(), HasSubstr("tls, 12 days left"));
  EXPECT_THAT(out.str(), HasSubstr("service-unreachable, for 5 h\n"));
  EXPECT_THAT(out.str(), HasSubstr("next: look at the uplink"));
  expect_80_columns();
}

TEST_F(VerbsTest, who_comes_beyond_the_last_connection_is_told_so) {
  boost::asio::io_context context;
  std::vector<std::unique_ptr<net::PlainSocket>> others;
  for (int i = 0; i < 32; ++i) others.push_back(std::move(*net::connect_unix(context.get_executor(), path)));
  EXPECT_EQ(show_status(session()), Exit::yes) << "places are kept for who may do more than read";
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  int exit = Exit::yes;
  std::thread nobody([&] {  // the kernel changes this thread alone
    ::syscall(SYS_setgroups, 0, nullptr);
    ::syscall(SYS_setresgid, 65534, 65534, 65534);
    if (::syscall(SYS_setresuid, 65534, 65534, 65534) == 0) exit = show_status(session());
  });
  nobody.join();
  EXPECT_EQ(exit, ::geteuid() == 0 ? Exit::no : Exit::yes) << "it takes root to be somebody else";
  EXPECT_EQ(err.str().find("limits.status_connections") != std::string::npos, ::geteuid() == 0);
  EXPECT_THAT(err.str(), Not(HasSubstr("is leafgated running?")));
}

TEST_F(VerbsTest, devices_are_a_table_over_all_pages) {
  for (int i = 0; i < 1500; ++i)
    leaf("line-" + std::to_string(i), RegistrationStatus::assigned, Reason::answered_from_cache);
  leaf("a\u00e9-long-name-that-does-not-fit-in-its-column", RegistrationStatus::failed,
       Reason::service_failed);
  EXPECT_EQ(show_devices(session(), {}), Exit::yes);
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1502);
  EXPECT_THAT(text, HasSubstr(" 3 min ago\n"));
  expect_80_columns();
  out.str("");
  EXPECT_EQ(show_devices(session(), {"failed", ""}), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("service-failed"));
  out.str("");
  EXPECT_EQ(show_devices(session(), {"", "nothing-like-it"}), Exit::yes);
  EXPECT_EQ(out.str(), "no leaf fits\n");
}

TEST_F(VerbsTest, explain_tells_the_story_of_a_leaf) {
  Explanation& told = leaf("line-1", RegistrationStatus::unassigned, Reason::wrong_key);
  told.enrollment = "group plant";
  told.mechanism = Mechanism::symmetric_key;
  told.notes = {note(Reason::no_credential, "older-sdk"), note(Reason::wrong_key, "sdk\x1b[2J/1.0")};
  told.notes[1].detail = "signature differs";
  EXPECT_EQ(explain(session(), "LINE-1"), Exit::yes);
  EXPECT_THAT(out.str(), StartsWith("line-1 is unassigned\n\nWhat happened last (3 min ago): wrong-key\n"));
  EXPECT_THAT(out.str(), HasSubstr("next:\n    compare the key in the device"));
  EXPECT_THAT(out.str(), HasSubstr("It is enrolled here as group plant (symmetricKey)."));
  EXPECT_THAT(out.str(), HasSubstr("would not be answered"));
  EXPECT_LT(out.str().find("signature differs"), out.str().find("older-sdk"));
  expect_80_columns();
}

TEST_F(VerbsTest, explain_cuts_no_code_and_no_line) {
  Explanation& told = leaf("line-2", RegistrationStatus::assigned, Reason::answered_from_cache);
  told.device.assigned_hub = std::string(60, 'h') + ".azure-devices.net";
  told.outcome.emplace().message = "The enrollment is disabled.";
  told.notes = {note(Reason::certificate_behind_shared_address, "")};
  EXPECT_EQ(explain(session(), "line-2"), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("line-2\nis assigned to hhh")) << out.str();
  EXPECT_THAT(out.str(), HasSubstr("certificate-behind-shared-address 192.0.2.7"));
  EXPECT_THAT(out.str(), HasSubstr("The enrollment is disabled.\n"));
  out.str("");
  told.device.assigned_hub = "hub.azure-devices.net";
  EXPECT_EQ(explain(session(), "line-2"), Exit::yes);
  expect_80_columns();
}

TEST_F(VerbsTest, explain_tells_what_is_queued_and_assigned) {
  Explanation& told = leaf("line-2", RegistrationStatus::assigned, Reason::answered_from_cache);
  told.device.assigned_hub = "hub.azure-devices.net";
  told.device.device_id = "line-2";
  told.device.offline = true;
  told.device.trust_left = std::chrono::days(29);
  told.assignment.emplace().confirmed_wall = now - 26h;
  told.queued.emplace().queued_at = now - 10min;
  told.queued->tries = 2;
  told.queued->reason = Reason::service_verdict_unconfirmed;
  told.queued->next_try_in = 14min;
  EXPECT_EQ(explain(session(), "line-2"), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("line-2 is assigned to hub.azure-devices.net\nas device line-2\n"));
  EXPECT_THAT(out.str(), HasSubstr("it would be answered for 29 days."));
  EXPECT_THAT(out.str(), HasSubstr("The service confirmed it 26 h ago."));
  EXPECT_THAT(out.str(), HasSubstr("queued 10 min ago as waiting-now, asked"));
  EXPECT_THAT(out.str(), HasSubstr("held back by service-verdict-unconfirmed"));
  expect_80_columns();
}

TEST_F(VerbsTest, explain_takes_what_was_told_ahead_for_no_word_of_the_service) {
  Explanation& told = leaf("valve-a", RegistrationStatus::assigned, Reason::provisional_assignment);
  told.assignment.emplace().confirmed_wall = now - 28s;
  told.assignment->provisional = true;
  told.toward_hub = Reason::never_seen_toward_its_hub;
  EXPECT_EQ(explain(session(), "valve-a"), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("It was told its hub ahead of the service 28 s ago, which has not"));
  EXPECT_THAT(out.str(), HasSubstr("Assigned 28 s ago, never seen toward its hub"));
  EXPECT_THAT(out.str(), Not(HasSubstr("service confirmed it")));
  expect_80_columns();
}

TEST_F(VerbsTest, explain_says_when_nothing_waits_any_more) {
  Explanation& told = leaf("line-2", RegistrationStatus::unassigned, Reason::service_verdict_unconfirmed);
  AttemptNote tried = note(Reason::service_verdict_unconfirmed, "");
  tried.source = "gateway";
  tried.step = "service";
  told.notes = {note(Reason::forwarded_new, "sdk/1.0"), tried};
  EXPECT_EQ(explain(session(), "line-2"), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("Nothing of it waits for the service any more"));
  expect_80_columns();
  told.queued.emplace();
  out.str("");
  EXPECT_EQ(explain(session(), "line-2"), Exit::yes);
  EXPECT_THAT(out.str(), Not(HasSubstr("Nothing of it waits")));
}

TEST_F(VerbsTest, explain_blames_nobody_here_where_the_service_disabled_a_leaf) {
  Explanation& told = leaf("line-2", RegistrationStatus::unassigned, Reason::service_disabled);
  AttemptNote heard = note(Reason::service_disabled, "");
  heard.source = "gateway";
  heard.step = "service";
  told.notes = {heard};
  EXPECT_EQ(explain(session(), "line-2"), Exit::yes);
  EXPECT_THAT(out.str(), Not(HasSubstr("Nothing of it waits")));
}

TEST_F(VerbsTest, explain_takes_a_hub_for_one_of_before_while_the_service_is_asked) {
  leaf("line-2", RegistrationStatus::assigning, Reason::forwarded_changed).device.assigned_hub =
      "hub.example";
  EXPECT_EQ(explain(session(), "line-2"), Exit::yes);
  EXPECT_THAT(out.str(), StartsWith("line-2 is assigning, so far at hub.example\n"));
}

TEST_F(VerbsTest, explain_tells_whether_a_leaf_came_by_toward_its_hub) {
  Explanation& told = leaf("line-2", RegistrationStatus::assigned, Reason::answered_from_cache);
  told.assignment.emplace().confirmed_wall = now - 26h;
  told.toward_hub = Reason::never_seen_toward_its_hub;
  EXPECT_EQ(explain(session(), "line-2"), Exit::yes);
  EXPECT_THAT(out.str(),
              HasSubstr("Assigned 26 h ago, never seen toward its hub: never-seen-toward-its-hub.\n"));
  EXPECT_THAT(out.str(), HasSubstr("next:\n    do the leaves' resolver and firewall"));
  expect_80_columns();
  told.toward_hub = Reason::none;
  told.hub_seen = now - 3min;
  out.str("");
  EXPECT_EQ(explain(session(), "line-2"), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("It was last seen toward its hub 3 min ago.\n"));
}

TEST_F(VerbsTest, explain_takes_an_address_too) {
  StrangerRow& stranger = desk.strangers_seen["192.0.2.7"];
  stranger.address = "192.0.2.7";
  stranger.events = 12;
  stranger.notes = {note(Reason::leaf_refuses_our_certificate, "")};
  EXPECT_EQ(explain(session(), "192.0.2.7"), Exit::yes);
  EXPECT_THAT(out.str(), StartsWith("192.0.2.7 failed 12 times without proving who it is"));
  EXPECT_THAT(out.str(), HasSubstr("give the leaf the site CA"));
  expect_80_columns();

  leaf("10.0.0.1", RegistrationStatus::assigned, Reason::answered_from_cache);
  EXPECT_EQ(explain(session(), "10.0.0.1"), Exit::yes) << "an id that looks like an address";
  EXPECT_EQ(explain(session(), "::1"), Exit::no);
}

TEST_F(VerbsTest, explain_says_no_when_nothing_is_known) {
  EXPECT_EQ(explain(session(), "nobody"), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("nothing is known of this registrationId"));
  EXPECT_EQ(explain(session(), "not an id"), Exit::no);
  EXPECT_EQ(out.str(), "");
}

TEST_F(VerbsTest, import_takes_a_file_whole) {
  const std::string file = folder.path() + "/e.csv";
  std::ofstream(file) << "registrationId,primaryKey\nline-1,MDEyMzQ1Njc4OWFiY2RlZg==\n";
  EXPECT_EQ(import_enrollments(session(), file, ""), Exit::yes) << err.str();
  EXPECT_EQ(out.str(), "imported 1 enrollment\n");
  EXPECT_EQ(desk.who.because, "a test");
  std::ofstream(file) << " [{\"registrationId\": \"-\"}]";
  EXPECT_EQ(import_enrollments(session(), file, ""), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("nothing was imported"));
  EXPECT_THAT(err.str(), HasSubstr("\n  row 1"));
  std::ofstream(file) << "";
  EXPECT_EQ(import_enrollments(session(), file, ""), Exit::no);
  EXPECT_EQ(import_enrollments(session(), folder.path() + "/none", ""), Exit::no);
}

TEST_F(VerbsTest, import_takes_certificates_and_puts_them_under_a_group) {
  const std::string file = folder.path() + "/ca.pem";
  std::ofstream(file) << pem_of(CertificateMaker("Site CA").ca().make());
  EXPECT_EQ(import_enrollments(session(), file, "Line A"), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("the group's name"));
  EXPECT_EQ(import_enrollments(session(), file, "line-a"), Exit::yes) << err.str();
  ASSERT_EQ(desk.imported.size(), 1U);
  EXPECT_EQ(desk.imported[0].enrollment.id, "line-a");
  EXPECT_TRUE(desk.imported[0].ends);
  EXPECT_EQ(desk.imported[0].ca, "");
  out.str("");
  desk.import_notes = {"group line-a: it was here already, as ca 2"};
  EXPECT_EQ(import_enrollments(session(), file, "line-a", "ca 2"), Exit::yes) << err.str();
  EXPECT_EQ(desk.imported[0].ca, "ca 2");
  EXPECT_EQ(out.str(), "imported 1 enrollment\n  group line-a: it was here already, as ca 2\n");
  EXPECT_EQ(import_enrollments(session(), file, ""), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("is a CA's"));
}

TEST_F(VerbsTest, enroll_list_shows_groups_and_individuals) {
  EXPECT_EQ(list_enrollments(session()), Exit::yes);
  EXPECT_THAT(out.str(), StartsWith("no enrollments"));
  out.str("");
  Enrollment group;
  group.kind = EnrollmentKind::group;
  group.id = "plant";
  group.match = {"line-*"};
  group.mechanism = Mechanism::symmetric_key;
  desk.enrolled = {group};
  EXPECT_EQ(list_enrollments(session()), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("symmetricKey yes -    -      line-*\n"));
  desk.enrolled[0].bridge = true;
  out.str("");
  EXPECT_EQ(list_enrollments(session()), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("symmetricKey yes -    yes    line-*\n"));
  expect_80_columns();
}

TEST_F(VerbsTest, json_is_the_routes_answer_untouched) {
  json = true;
  desk.report.name = "gw12";
  EXPECT_EQ(show_status(session()), Exit::yes);
  EXPECT_EQ(out.str(), daemon.get("/v1/status")->body);
  out.str("");
  EXPECT_EQ(explain(session(), "nobody"), Exit::no);
  EXPECT_THAT(out.str(), HasSubstr("\"not-found\""));
}

// As a full disk behind a redirection does.
struct TakesNothing : std::streambuf {
  int sync() override {
    errno = ENOSPC;
    return -1;
  }
  int_type overflow(int_type) override { return traits_type::eof(); }
};

TEST_F(VerbsTest, what_cannot_be_written_is_no_yes) {
  TakesNothing none;
  std::ostream full(&none);
  const Session into_it{daemon, full, err, now};
  EXPECT_EQ(told_whole(into_it, Exit::yes), Exit::no) << "held back until then";
  EXPECT_THAT(err.str(), HasSubstr("cannot be written: No space left on device\n"));
  err.str("");
  EXPECT_EQ(told_whole(into_it, show_status(into_it)), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("cannot be written\n"));
  EXPECT_EQ(told_whole(session(), show_status(session())), Exit::yes);
}

TEST_F(VerbsTest, says_when_no_daemon_answers) {
  const Daemon nobody(folder.path() + "/none.sock");
  const Session alone{nobody, out, err, now};
  EXPECT_EQ(show_status(alone), Exit::unreachable);
  EXPECT_THAT(err.str(), HasSubstr("is leafgated running?"));
}

TEST(Reading, tells_what_it_understands_of_a_newer_answer) {
  const auto document =
      Document::parse(R"({"status": 7, "attempts": {"x": 1}, "reason": "text", "labels": [1]})");
  ASSERT_TRUE(document.has_value());
  EXPECT_THAT(explanation_text(document->root(), Paint(false), now), Not(testing::IsEmpty()));
  EXPECT_THAT(status_text(document->root(), Paint(false), now), StartsWith("no leaf is known here yet\n"));
  EXPECT_FALSE(Document::parse("<html>").has_value());
}

}  // namespace
}  // namespace leafgate::ctl::verbs_test
