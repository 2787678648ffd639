#include <string>
#include <vector>

#include <getopt.h>
#include <gtest/gtest.h>

#include "adapters/leaf/program/leaf.hpp"
#include "adapters/leaf/program/options.hpp"

namespace leafgate::device {
namespace {

int parsed(const std::string& option, const std::string& value) {
  std::vector<std::string> words{
      "leafgate-leaf", "--tty", "/dev/none", "--registration-id", "leaf-1", "--key-file",
      "/key",          option,  value};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  optind = 0;  // of an earlier case
  Options options;
  return parse_options(static_cast<int>(words.size()), arguments.data(), options);
}

TEST(LeafOptions, take_no_time_that_their_clock_cannot_hold) {
  for (const std::string option : {"--timeout", "--every"}) {
    EXPECT_EQ(parsed(option, "2592000"), -1) << option;
    EXPECT_EQ(parsed(option, "2592001"), 2) << option;
    EXPECT_EQ(parsed(option, "4294968"), 2) << option;
  }
}

TEST(LeafOutcome, without_an_answer_is_a_line_too) {
  Options options;
  options.registration_id = "leaf-1";
  const Outcome outcome = no_answer(options, "no TPM");
  EXPECT_EQ(outcome.line, R"({"registrationId":"leaf-1","status":"no-answer","message":"no TPM"})");
  EXPECT_EQ(outcome.exit_status(), 3);
}

}  // namespace
}  // namespace leafgate::device
