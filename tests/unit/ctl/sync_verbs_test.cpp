#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/ctl/verbs.hpp"
#include "gateway/ports/sync_operator.hpp"
#include "tests/unit/ctl/verbs_fixture.hpp"

namespace leafgate::ctl::sync_verbs_test {
namespace {

using example::now;

std::string told(const std::string& json) {
  const auto document = Document::parse(json);
  return sync_text(document.value().root(), Paint(false));
}

TEST(SyncText, tells_where_it_stands_in_eighty_columns) {
  const std::string text = told(
      R"({"phase":"keys-of-leaves","run":{"read":5,"changed":2,"keptOut":1,"notUnderstood":["b: attestation.type \u001b[2J"]},
          "keys":{"left":4210,"fetched":3,"endsInSeconds":252600},"leaves":{"confirmed":312,"learnt":4,"rehomed":1,"left":80000},
          "completed":{"read":5,"changed":2,"removed":3,"keptOut":1,"at":"2026-11-26T22:00:41.0000000Z"},
          "nextInSeconds":21480,"perMinute":60,"renewals":"asks"})");
  EXPECT_NE(text.find("renewals  leaves are asked about one by one"), std::string::npos) << text;
  EXPECT_NE(text.find("now       asks for the keys of leaves\n"), std::string::npos) << text;
  EXPECT_NE(text.find("keys      4210 to be asked for, about 2 days\n"), std::string::npos) << text;
  EXPECT_NE(text.find("5 read, 2 changed, 3 gone, 1 not understood\n"), std::string::npos) << text;
  EXPECT_NE(text.find("312 confirmed, 4 learnt, 1 moved, 80000 to be learnt\n"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
    end = text.find('\n', at);
    EXPECT_LE(end - at, 80U) << text.substr(at, end - at);
  }
}

TEST(SyncText, tells_large_numbers_in_eighty_columns_and_that_it_waits) {
  const std::string text = told(
      R"({"phase":"listing-groups","waitsForService":true,"run":{"read":0},"keys":{"left":0},
          "completed":{"read":100000,"changed":100000,"removed":100000,"keptOut":100000,
                       "at":"2026-11-26T22:00:41.0000000Z"}})");
  EXPECT_NE(text.find("reads the list of groups, once the service is back\n"), std::string::npos) << text;
  for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
    end = text.find('\n', at);
    EXPECT_LE(end - at, 80U) << text.substr(at, end - at);
  }
}

TEST(SyncText, a_second_reading_is_no_new_run) {
  const std::string first = told(
      R"({"phase":"listing-individuals","run":{"read":40000,"changed":3,"of":100000,"endsInSeconds":12},"keys":{"left":0}})");
  EXPECT_NE(first.find("now       reads the list of individual enrollments\n"), std::string::npos) << first;
  EXPECT_NE(first.find("so far    40000 of about 100000 read, 3 changed, about 12 s more\n"),
            std::string::npos)
      << first;
  const std::string second = told(
      R"({"phase":"listing-individuals","run":{"read":5000,"changed":0,"of":99900,"again":true,"missing":100},"keys":{"left":0}})");
  EXPECT_NE(second.find("now       reads the list of individual enrollments a second time\n"),
            std::string::npos)
      << second;
  EXPECT_NE(second.find("so far    second reading: 5000 of 99900 read\n"), std::string::npos) << second;
  EXPECT_NE(second.find("again     100 records that are held here were not in the first reading, and"),
            std::string::npos)
      << second;
  const std::string grown = told(
      R"({"phase":"listing-groups","run":{"read":7,"of":5,"again":true,"missing":1},"keys":{"left":0}})");
  EXPECT_NE(grown.find("second reading: 7 read\n"), std::string::npos) << "more than there were: " << grown;
  EXPECT_NE(grown.find("1 record that is held here was not in the first reading"), std::string::npos)
      << grown;
  for (const std::string& text : {first, second, grown}) {
    for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
      end = text.find('\n', at);
      EXPECT_LE(end - at, 80U) << text.substr(at, end - at);
    }
  }
}

TEST(SyncText, names_the_ca_that_is_to_be_imported) {
  const std::string text = told(
      R"({"phase":"idle","run":{"read":5},"keys":{"left":0},"missingCas":[{"group":"Line","named":["a","b"],"missing":["a","b"]}]})");
  EXPECT_NE(text.find("group     Line: import the certificate of a, b\n"), std::string::npos) << text;
}

TEST(SyncText, tells_what_keeps_it) {
  const std::string text = told(
      R"({"phase":"listing-groups","run":{"read":0},"keys":{"left":0},
          "trouble":{"code":"service-list-unreadable","text":"t","nextAction":"n","detail":"HTTP 401"}})");
  EXPECT_NE(text.find("service-list-unreadable"), std::string::npos);
  EXPECT_NE(text.find("HTTP 401"), std::string::npos);
  EXPECT_NE(text.find("last      never"), std::string::npos);
}

struct SyncAsTold : SyncOperator {
  SyncReport before;
  SyncReport after;
  bool begun = false;
  Task<SyncReport> sync_report() override { co_return begun ? after : before; }
  Task<Result<void>> sync_now(Actor) override {
    begun = true;
    co_return Result<void>();
  }
};

struct SyncVerbsTest : VerbsTest {
  SyncAsTold sync;

  SyncVerbsTest() {
    status::RoutesPorts ports{desk, metrics, loop.executor()};
    ports.sync = &sync;
    routes_here_.emplace(ports, getegid());
  }
  void SetUp() override {
    endpoint = std::make_unique<status::Endpoint>(loop.executor(), *net::listen_unix(path), *routes_here_);
    spawn(loop.executor(), endpoint->run());
    loop.start();
  }

 private:
  std::optional<status::Routes> routes_here_;
};

TEST_F(SyncVerbsTest, without_the_service_nobody_waits_for_the_end_of_it) {
  sync.after.phase = SyncPhase::listing_groups;
  sync.after.waits_for_link = true;
  EXPECT_EQ(sync_now(session()), Exit::no);
  EXPECT_THAT(out.str(), testing::HasSubstr("reads the list of groups, once the service is back"));
  EXPECT_THAT(err.str(), testing::HasSubstr("it goes on by itself when it is back"));
}

TEST_F(SyncVerbsTest, a_restart_that_counts_anew_is_no_reason_to_wait_forever) {
  sync.before.runs = 3;
  sync.after.runs = 1;
  EXPECT_EQ(sync_now(session()), Exit::yes) << err.str();
  sync.begun = false;
  sync.before.runs = 1;
  sync.after.completed = now;
  EXPECT_EQ(sync_now(session()), Exit::yes) << "as many as before, and another";
}

}  // namespace
}  // namespace leafgate::ctl::sync_verbs_test
