#include <gtest/gtest.h>

#include "gateway/ctl/verbs.hpp"

namespace leafgate::ctl {
namespace {

std::string told(const std::string& json) {
  const auto document = Document::parse(json);
  return sync_text(document.value().root(), Paint(false));
}

TEST(SyncText, tells_where_it_stands_in_eighty_columns) {
  const std::string text = told(
      R"({"phase":"keys-of-leaves","run":{"read":5,"changed":2,"keptOut":1,"notUnderstood":["b: attestation.type \u001b[2J"]},
          "keys":{"left":4210,"fetched":3,"endsInSeconds":252600},"leaves":{"confirmed":312,"learnt":4,"rehomed":1},
          "completed":{"read":5,"changed":2,"removed":3,"keptOut":1,"at":"2026-11-26T22:00:41.0000000Z"},
          "nextInSeconds":21480,"perMinute":60})");
  EXPECT_NE(text.find("now       asks for the keys of leaves\n"), std::string::npos) << text;
  EXPECT_NE(text.find("keys      4210 to be asked for, about 2 days\n"), std::string::npos) << text;
  EXPECT_NE(text.find("5 read, 2 changed, 3 gone, 1 not understood\n"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
    end = text.find('\n', at);
    EXPECT_LE(end - at, 80U) << text.substr(at, end - at);
  }
}

TEST(SyncText, tells_what_keeps_it) {
  const std::string text = told(
      R"({"phase":"listing-groups","run":{"read":0},"keys":{"left":0},
          "trouble":{"code":"service-list-unreadable","text":"t","nextAction":"n","detail":"HTTP 401"}})");
  EXPECT_NE(text.find("service-list-unreadable"), std::string::npos);
  EXPECT_NE(text.find("HTTP 401"), std::string::npos);
  EXPECT_NE(text.find("last      never"), std::string::npos);
}

}  // namespace
}  // namespace leafgate::ctl
