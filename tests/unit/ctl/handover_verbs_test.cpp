#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "gateway/ctl/handover.hpp"
#include "tests/fakes/fake_commissioning.hpp"
#include "tests/unit/ctl/verbs_fixture.hpp"

namespace leafgate::ctl::handover_verbs_test {
namespace {

using example::now;

using testing::HasSubstr;
using testing::Not;

struct HandoverVerbsTest : VerbsTest {
  FakeCommissioning list;
  FakeSelfTest self_test;
  status::Routes handover{ports(), getegid(), {geteuid()}};

  status::RoutesPorts ports() {
    status::RoutesPorts parts{desk, metrics, loop.executor()};
    parts.tpm = &tpm;
    parts.lines = &carriers;
    parts.bridges = &bridges;
    parts.commissioning = &list;
    parts.self_test = &self_test;
    parts.config = [] { return std::string(R"({"settings":{}})"); };
    return parts;
  }
  // In place of the one with nothing behind these routes.
  void SetUp() override {
    endpoint = std::make_unique<status::Endpoint>(loop.executor(), *net::listen_unix(path), handover);
    spawn(loop.executor(), endpoint->run());
    loop.start();
  }

  ExpectedRow& row(const std::string& id, ExpectedState state) {
    ExpectedRow& added = list.page.rows.emplace_back();
    added.leaf = {id, "Pump " + id, "192.0.2.7", "", ""};
    added.state = state;
    return added;
  }
  std::string file(const std::string& text) const {
    const std::string name = folder.path() + "/list";
    std::ofstream(name) << text;
    return name;
  }
};

TEST_F(HandoverVerbsTest, a_list_shows_what_is_left_to_do_and_how_far_it_is) {
  list.page.counts = {50, 47, 1, 0, 2, 1};
  row("pump-01", ExpectedState::done).seen_at = "192.0.2.7";
  row("pump-02", ExpectedState::missing);
  ExpectedRow& swapped = row("pump-03", ExpectedState::wrong_place);
  swapped.seen_at = "192.0.2.9";
  swapped.last_seen = now - std::chrono::minutes(3);
  ExpectedRow& typo = row("pmup-02", ExpectedState::unknown);
  typo.leaf.label.clear();
  typo.reason = Reason::unknown_enrollment;
  typo.nearest = "pump-02";
  ASSERT_EQ(show_expected(session(), ""), Exit::yes) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("47 of 50 done, 2 missing, 1 in a wrong place, 1 not on the list"));
  EXPECT_THAT(out.str(), Not(HasSubstr("pump-01"))) << "done is done";
  EXPECT_THAT(out.str(), HasSubstr("expected 192.0.2.7"));
  EXPECT_THAT(out.str(), HasSubstr("expected at 192.0.2.7, answered from 192.0.2.9 3 min ago"));
  EXPECT_THAT(out.str(), HasSubstr("is it pump-02, misspelt?"));
  expect_80_columns();
}

TEST_F(HandoverVerbsTest, a_state_is_asked_for_and_no_list_says_how_to_bring_one) {
  list.page.counts.expected = 1;
  row("pump-01", ExpectedState::done);
  ASSERT_EQ(show_expected(session(), "done"), Exit::yes);
  EXPECT_EQ(list.asked.state, ExpectedState::done);
  EXPECT_THAT(out.str(), HasSubstr("pump-01"));
  list.page = {};
  out.str("");
  ASSERT_EQ(show_expected(session(), ""), Exit::yes);
  EXPECT_EQ(out.str(), "there is no list; leafgatectl expect import FILE\n");
}

TEST_F(HandoverVerbsTest, an_import_is_all_or_nothing_and_names_every_bad_row) {
  ASSERT_EQ(import_expected(session(), file("registrationId,label\npump-01,Pump 1\n")), Exit::yes)
      << err.str();
  ASSERT_EQ(list.leaves.size(), 1U);
  EXPECT_EQ(list.who.because, "a test");
  EXPECT_THAT(out.str(), HasSubstr("1 leaf is expected here"));
  ASSERT_EQ(import_expected(session(), file("registrationId,label\npump 1,a\n-x,b\n")), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("row 2"));
  EXPECT_THAT(err.str(), HasSubstr("row 3"));
  EXPECT_EQ(list.leaves.size(), 1U);
  ASSERT_EQ(clear_expected(session()), Exit::yes);
  EXPECT_TRUE(list.leaves.empty());
}

TEST_F(HandoverVerbsTest, labels_stand_in_every_view) {
  list.labels["press-04"] = "Press 4, hall B";
  list.labels_at["192.0.2.7"] = "Press 4";
  leaf("Press-04", RegistrationStatus::assigned, Reason::answered_from_cache);
  leaf("unnamed", RegistrationStatus::assigned, Reason::answered_from_cache);
  ASSERT_EQ(show_devices(session(), {}), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("LABEL"));
  EXPECT_THAT(out.str(), HasSubstr("Press-04        Press 4, hall B assigned"));
  expect_80_columns();
  ASSERT_EQ(explain(session(), "press-04"), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("Press-04 (Press 4, hall B) is assigned"));
  StrangerRow stranger;
  stranger.address = "192.0.2.7";
  stranger.notes.push_back(note(Reason::not_tls, ""));
  desk.strangers_seen["192.0.2.7"] = stranger;
  ASSERT_EQ(show_strangers(session()), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("192.0.2.7 Press 4"));
  expect_80_columns();
}

TEST_F(HandoverVerbsTest, a_check_ends_with_0_only_when_all_is_well) {
  self_test.findings = {{"clock", Health::ok, "synchronized", "", ""}};
  EXPECT_EQ(run_check(session(), {}), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("OK   clock          synchronized\nall is well"));
  self_test.findings.push_back(
      {"certificate", Health::warn, "/etc/leafgate/" + std::string(70, 'x'), "soon", "renew"});
  self_test.findings.push_back({"service-name", Health::fail, "to ourselves", "nothing goes", "DNS"});
  out.str("");
  EXPECT_EQ(run_check(session(), {}), Exit::no);
  EXPECT_THAT(out.str(),
              HasSubstr("FAIL service-name   to ourselves\n                    why:  nothing goes\n"
                        "                    next: DNS\n"));
  EXPECT_THAT(out.str(), HasSubstr("1 failed, 1 warning"));
  expect_80_columns();
  self_test.findings = {{"configuration-refused", Health::fail, "it has mistakes", "the old one", "mend it"}};
  out.str("");
  EXPECT_EQ(run_check(session(), {}), Exit::no);
  EXPECT_THAT(out.str(), HasSubstr("FAIL configuration-refused\n                    it has mistakes\n"));
}

TEST_F(HandoverVerbsTest, a_daemon_that_does_not_answer_is_the_finding) {
  const Daemon nobody(folder.path() + "/nobody.sock", Millis(1000));
  const Session alone{nobody, out, err, now, false, Paint(false), ""};
  EXPECT_EQ(run_check(alone, {}), Exit::unreachable);
  EXPECT_THAT(out.str(), HasSubstr("FAIL daemon"));
  expect_80_columns();
  out.str("");
  const Session by_a_program{nobody, out, err, now, true, Paint(false), ""};
  EXPECT_EQ(run_check(by_a_program, {}), Exit::unreachable);
  for (const char* told :
       {R"("what":"it does not answer)", R"("why":"no leaf is served")", R"("nextAction":")"})
    EXPECT_THAT(out.str(), HasSubstr(told));
}

TEST_F(HandoverVerbsTest, an_archive_holds_what_there_is_and_says_what_there_is_not) {
  leaf("good", RegistrationStatus::assigned, Reason::answered_from_cache).device.offline = true;
  leaf("bad", RegistrationStatus::failed, Reason::wrong_key);
  const std::string name = folder.path() + "/support.tar";
  ASSERT_EQ(make_support_archive(session(), name), Exit::yes) << err.str();
  EXPECT_EQ(std::filesystem::status(name).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::ostringstream text;
  text << std::ifstream(name).rdbuf();
  EXPECT_EQ(text.str().size() % 512, 0U);
  for (const char* part : {"system.txt", "status.json", "config.json", "devices.json", "explain/1.json",
                           "CONTENTS", "journal.txt", "expected.json"})
    EXPECT_THAT(text.str(), HasSubstr("leafgate-support/" + std::string(part)));
  EXPECT_THAT(text.str(), HasSubstr("sync.json: none (404)"));
  EXPECT_THAT(text.str(), Not(HasSubstr("explain/2.json"))) << "of a good one nothing needs to be explained";
}

TEST_F(HandoverVerbsTest, an_archive_has_the_newest_changes_too) {
  for (std::int64_t i = 1; i <= 1102; ++i) {
    AuditEntry& entry = desk.audited.entries.emplace_back();
    entry.sequence = i;
    entry.what = "enroll remove";
    entry.object = "pump-" + std::to_string(i) + "-";
  }
  const std::string name = folder.path() + "/support.tar";
  ASSERT_EQ(make_support_archive(session(), name), Exit::yes) << err.str();
  std::ostringstream text;
  text << std::ifstream(name).rdbuf();
  for (const char* change : {"pump-1-", "pump-1000-", "pump-1001-", "pump-1102-"})
    EXPECT_THAT(text.str(), HasSubstr(change));
  EXPECT_THAT(text.str(), HasSubstr("leafgate-support/audit-2.json"));
  EXPECT_THAT(text.str(), Not(HasSubstr("audit-3.json")));
}

TEST_F(HandoverVerbsTest, an_archive_without_a_daemon_says_what_is_wrong_with_the_configuration) {
  const Daemon nobody(folder.path() + "/none.sock");
  const Session alone{nobody, out, err, now};
  const std::string name = folder.path() + "/support.tar";
  ASSERT_EQ(make_support_archive(alone, name), Exit::yes) << err.str();
  std::ostringstream text;
  text << std::ifstream(name).rdbuf();
  EXPECT_THAT(text.str(), HasSubstr("leafgate-support/check-config.txt"));
}

TEST(TarTextTest, is_what_tar_reads) {
  TarText tar(now);
  tar.add("a/b.txt", "hello\n");
  tar.add("empty", "");
  const std::string octets = tar.end();
  ASSERT_EQ(octets.size(), 512U * 3 + 1024);
  EXPECT_EQ(octets.substr(0, 7), "a/b.txt");
  EXPECT_EQ(octets.substr(124, 11), "00000000006");
  EXPECT_EQ(octets.substr(257, 8), std::string("ustar\0"
                                               "00",
                                               8));
  unsigned sum = 8 * ' ';
  for (std::size_t i = 0; i < 512; ++i)
    if (i < 148 || i >= 156) sum += static_cast<unsigned char>(octets[i]);
  EXPECT_EQ(std::stoul(octets.substr(148, 6), nullptr, 8), sum);
}

TEST(ListenersIn, reads_what_the_kernel_tells_and_passes_over_the_rest) {
  const auto found = listeners_in(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:22B3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n"
      "   1: 0100007F:22B4 0100007F:1234 01 00000000:00000000 00:00000000 00000000     0        0 4712 1\n"
      "   2: 00000000000000000000000001000000:01BB 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 7 "
      "1\n"
      "   3: XYZ:01BB 00000000:0000 0A 0:0 0:0 0 0 0 7 1\nshort\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].address, "127.0.0.1:8883");
  EXPECT_EQ(found[0].inode, 4711U);
  EXPECT_EQ(found[1].address, "[::1]:443");
}

}  // namespace
}  // namespace leafgate::ctl::handover_verbs_test
