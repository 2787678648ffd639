// What is said about a command line that is not understood.
#include <algorithm>

#include <gmock/gmock.h>

#include "gateway/ctl/declare.hpp"

namespace leafgate::ctl::usage_test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string said_of(std::vector<std::string> words) {
  CLI::App app("", "leafgatectl");
  Arguments given;
  Verb verb;
  app.require_subcommand(1);
  app.add_option("--socket", given.socket, "");
  for (const auto declare : {declare_reading, declare_outage, declare_operations}) declare(app, given, verb);
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return usage_text(app, error.what());
  }
  return {};
}

TEST(Usage, says_what_misses_a_value) {
  EXPECT_THAT(said_of({"--socket"}), HasSubstr("--socket"));
  EXPECT_THAT(said_of({"--socket"}), Not(HasSubstr("say what to do")));
  EXPECT_THAT(said_of({}), HasSubstr("say what to do"));
  EXPECT_THAT(said_of({"what-if"}), HasSubstr("say what to do: leafgatectl what-if offline"));
}

TEST(Usage, a_reason_is_one_line) {
  EXPECT_EQ(one_line("moved to hall 3, by Ann\xc3\xa4"), "");
  for (const std::string& text :
       {std::string("a\nb"), std::string("a\rb"), std::string("a\0b", 3), std::string("\x1b[1m")})
    EXPECT_NE(one_line(text), "") << text;
}

TEST(Usage, names_the_verb_for_what_has_another_name_elsewhere) {
  EXPECT_THAT(said_of({"outbox"}), HasSubstr("is it queue?"));
  EXPECT_THAT(said_of({"leaves"}), HasSubstr("is it devices?"));
  EXPECT_THAT(said_of({"statsu"}), HasSubstr("is it status?"));
}

TEST(Usage, outcomes_clear_lists_the_state_that_it_takes) {
  EXPECT_EQ(said_of({"outcomes", "clear", "--state", "refused"}), "");
  EXPECT_THAT(said_of({"outcomes", "clear", "--state", "gone"}), HasSubstr("one of queued"));
  CLI::App app("", "leafgatectl");
  Arguments given;
  Verb verb;
  declare_outage(app, given, verb);
  EXPECT_THAT(app.get_subcommand("outcomes")->get_subcommand("clear")->help(), HasSubstr("needs-the-leaf"));
}

}  // namespace
}  // namespace leafgate::ctl::usage_test
