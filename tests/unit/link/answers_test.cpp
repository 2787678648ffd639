// How what the registrar says is put to a leaf without IP.
#include <gtest/gtest.h>

#include "tests/unit/link/endpoint_site.hpp"

namespace leafgate::link::answers_test {
namespace {

class AnswersTest : public EndpointSite {
 protected:
  GatewayWords told_of(const Answer& answer) {
    registrar.says.assign(1, answer);
    LeafAttempt attempt(firmware_, ++exchange_);
    const GatewayWords words = prove(attempt);
    EXPECT_TRUE(words.type == status_type || attempt.believes(carrier->sent.back()));
    return words;
  }
  static Answer ended(RegistrationStatus status, std::string state) {
    Answer answer = FakeLinkRegistrar::assigned();
    answer.registration_status = status;
    answer.state = std::move(state);
    return answer;
  }

  Firmware firmware_ = by_key();
  std::uint32_t exchange_ = 0;
};

TEST_F(AnswersTest, ErrorsKeepTheirCodeAndWhenToComeAgain) {
  struct Row {
    int status;
    int code;
    int retry;
    std::int64_t told_code;
    std::int64_t told_retry;
  };
  for (const Row& row : {Row{401, 401'002, 0, 401'002, -1}, Row{400, 400'000, 0, 400'000, -1},
                         Row{429, 429'001, 30, 429'001, 30}, Row{503, 503'000, 5, 503'000, 5},
                         Row{500, 0, 1, 500'000, 1}, Row{404, 404'000, 0, 404'000, -1},
                         Row{503, 503'000, 86'400, 503'000, 3'600}, Row{401, -7, 0, 401'000, -1}}) {
    const GatewayWords words = told_of(FakeLinkRegistrar::refused(row.status, row.code, Seconds(row.retry)));
    EXPECT_EQ(words.type, error_type);
    EXPECT_EQ(words.number(1), row.told_code);
    EXPECT_EQ(words.number(3), row.told_retry) << row.told_code;
    EXPECT_EQ(words.text(2), "No.");
    EXPECT_EQ(endpoint->open(), 0U);
  }
}

TEST_F(AnswersTest, OperationsThatEndBadlyAreErrorsWithTheServicesCode) {
  const auto disabled =
      told_of(ended(RegistrationStatus::disabled,
                    R"({"status":"disabled","errorCode":403000,"errorMessage":"Disabled."})"));
  EXPECT_EQ(disabled.type, error_type);
  EXPECT_EQ(disabled.number(1), 403'000);
  EXPECT_EQ(disabled.text(2), "Disabled.");
  EXPECT_EQ(disabled.number(3), -1);
  const auto failed = told_of(ended(RegistrationStatus::failed, R"({"errorCode":400207})"));
  EXPECT_EQ(failed.number(1), 400'207);
  EXPECT_EQ(failed.text(2), "refused");
  for (const char* odd : {"", "{}", "no JSON", R"({"errorCode":-5})", R"({"errorCode":99999999999})"})
    EXPECT_EQ(told_of(ended(RegistrationStatus::failed, odd)).number(1), 400'000) << odd;
}

TEST_F(AnswersTest, AnAssignmentSaysWhatFits) {
  Answer answer = ended(
      RegistrationStatus::assigned,
      R"({"assignedHub":"h.example","deviceId":"d","substatus":"initialAssignment","payload":{"a":1}})");
  answer.gateway_host_name = "gw.site";
  const auto words = told_of(answer);
  EXPECT_EQ(words.type, result_type);
  EXPECT_EQ(words.text(1), "h.example");
  EXPECT_EQ(words.text(3), "initialAssignment");
  EXPECT_EQ(words.text(4), R"({"a":1,"gatewayHostName":"gw.site"})");
  const std::string large =
      R"({"assignedHub":"h","deviceId":"d","payload":")" + std::string(60'000, 'x') + R"("})";
  const auto without = told_of(ended(RegistrationStatus::assigned, large));
  EXPECT_EQ(without.type, result_type);
  EXPECT_EQ(without.text(4), "") << "no leaf has room for that";
}

TEST_F(AnswersTest, WhatNoLeafCouldUseIsAnErrorOfTheGateway) {
  const std::string long_hub = R"({"assignedHub":")" + std::string(257, 'h') + R"(","deviceId":"d"})";
  for (const std::string& state : {std::string("{}"), std::string("no JSON"), long_hub}) {
    const auto words = told_of(ended(RegistrationStatus::assigned, state));
    EXPECT_EQ(words.type, error_type);
    EXPECT_EQ(words.number(1), 500'000);
    EXPECT_GT(words.number(3), 0);
    EXPECT_EQ(journal.events.back().reason, Reason::internal_error);
  }
  Answer odd = FakeLinkRegistrar::assigning();
  odd.operation.reset();
  EXPECT_EQ(told_of(odd).number(1), 500'000) << "nothing to poll for";
}

TEST_F(AnswersTest, AnOperationThatIsForgottenBeginsAnew) {
  registrar.says = {FakeLinkRegistrar::assigning(), FakeLinkRegistrar::refused(404, 404000)};
  LeafAttempt attempt(firmware_, 1);
  EXPECT_EQ(prove(attempt).type, status_type);
  hear(attempt.poll(FakeLinkRegistrar::operation));
  const GatewayWords words = one();
  EXPECT_EQ(words.type, status_type);
  EXPECT_EQ(words.text(2), "");
  EXPECT_EQ(endpoint->open(), 0U);
}

TEST_F(AnswersTest, ALeafThatNeitherPollsNorProvesIsForgotten) {
  registrar.says.assign(1, FakeLinkRegistrar::assigning());
  LeafAttempt attempt(firmware_, 1);
  (void)prove(attempt);
  simulator.run_for(std::chrono::minutes(9));
  EXPECT_EQ(endpoint->open(), 1U);
  simulator.run_for(std::chrono::minutes(2));
  EXPECT_EQ(endpoint->open(), 0U);
  EXPECT_TRUE(vouchers.never_answered.empty()) << "it did prove itself";
}

}  // namespace
}  // namespace leafgate::link::answers_test
