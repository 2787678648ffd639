#include "gateway/flows/self_findings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/flows/degraded.hpp"

namespace leafgate::self_findings_test {
namespace {

using testing::HasSubstr;

TEST(SelfFindings, what_has_a_finding_of_its_own_is_not_told_again_as_degraded) {
  const auto found =
      self_findings::of_degraded({degraded(Reason::address_not_here, "no leaf can come in at x", WallTime()),
                                  degraded(Reason::metrics_not_served, "agents get no figures", WallTime())});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].check, "metrics-not-served");
  EXPECT_EQ(found[0].health, Health::warn);
}

TEST(SelfFindings, a_line_or_broker_in_trouble_fails_and_a_released_one_does_not) {
  LineReport report;
  report.lines.resize(3);
  report.lines[0].state = LineState::away;
  report.lines[1].state = LineState::released;
  report.lines[2].state = LineState::working;
  report.broker.emplace().uri = "mqtts://broker.site";
  const auto found = self_findings::of_lines(report);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].health, Health::fail);
  EXPECT_NE(found[0].next, "");
  EXPECT_EQ(found[1].health, Health::ok);
  EXPECT_EQ(found[2].health, Health::ok);
  EXPECT_EQ(found[3].health, Health::fail);
}

// "auto" means that a machine without one is well; what it does without is told all the same.
TEST(SelfFindings, no_tpm_where_one_is_not_asked_for_changes_nothing) {
  const struct {
    const char* mode;
    TpmState state;
    bool set_up;
    Health health;
    const char* words;
  } rows[] = {
      {"auto", TpmState::absent, false, Health::ok, "by a key in a file"},
      {"auto", TpmState::absent, true, Health::fail, "what it seals"},
      {"require", TpmState::absent, false, Health::fail, "what it seals"},
      {"auto", TpmState::lost, false, Health::warn, "not ready"},
      {"auto", TpmState::locked, false, Health::warn, "not ready"},
      {"auto", TpmState::ready, false, Health::warn, "not used"},
      {"off", TpmState::off, false, Health::ok, "off"},
  };
  for (const auto& row : rows) {
    TpmReport report;
    report.mode = row.mode;
    report.tcti = "device:/dev/tpmrm0";
    report.tpm.state = row.state;
    report.tpm.set_up = row.set_up;
    report.tpm.detail = "no such file";
    const Finding found = self_findings::of_tpm(report);
    EXPECT_EQ(found.health, row.health) << row.mode << " " << to_text(row.state);
    EXPECT_THAT(found.what + found.why, HasSubstr(row.words));
  }
}

TEST(SelfFindings, of_a_wildcard_any_name_under_it_is_asked_for) {
  ShownCertificate wild;
  wild.file = "a.pem";
  wild.names = {"*.site.example"};
  ShownCertificate extra;
  extra.file = "b.pem";
  extra.pem = "B";
  extra.server_name = "dps.example";
  extra.names = {"other.example"};
  const auto places = self_findings::listeners_of({"mqtt [2001:db8::1]:8883"}, {wild, extra});
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[0].server_name, "leafgate-check.site.example");
  EXPECT_EQ(places[0].host, "2001:db8::1");
  EXPECT_EQ(places[1].server_name, "dps.example");
  EXPECT_EQ(places[1].certificate_file, "b.pem");
  EXPECT_EQ(places[1].pem, "B") << "what is shown, whatever stands in the file by now";
}

}  // namespace
}  // namespace leafgate::self_findings_test
