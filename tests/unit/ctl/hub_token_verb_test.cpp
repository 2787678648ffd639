#include <gmock/gmock.h>

#include "tests/unit/ctl/verbs_fixture.hpp"

namespace leafgate::ctl::hub_token_verb_test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct HubTokenVerbTest : VerbsTest {
  int ask(const std::string& life = "") {
    HubTokenQuestion question;
    question.id = "line:1";
    question.life = life;
    return make_hub_token(session(), question);
  }
};

TEST_F(HubTokenVerbTest, the_token_stands_alone_on_the_output) {
  EXPECT_EQ(ask("30m"), Exit::yes) << err.str();
  EXPECT_EQ(out.str(), bridges.token.token + "\n");
  EXPECT_EQ(err.str(), "");
  EXPECT_EQ(bridges.asked, std::vector<std::string>{"line:1"});
  EXPECT_EQ(bridges.life, std::chrono::minutes(30));
  EXPECT_EQ(bridges.who.uid, static_cast<std::int64_t>(geteuid()));
  EXPECT_EQ(bridges.who.because, "a test");
}

// What config/examples/hub-bridge.sh reads with sed: one member a line.
TEST_F(HubTokenVerbTest, as_JSON_each_member_has_its_line) {
  json = true;
  EXPECT_EQ(ask(), Exit::yes);
  EXPECT_EQ(bridges.life, std::chrono::hours(1));
  EXPECT_EQ(out.str(),
            "{\n  \"token\": \"SharedAccessSignature sr=a&sig=b&se=1\",\n"
            "  \"expires\": \"2027-01-15T09:00:00.0000000Z\",\n  \"hub\": \"hub.example\",\n"
            "  \"deviceId\": \"dev-1\",\n  \"username\": \"hub.example/dev-1/?api-version=2021-04-12\"\n}\n");
}

TEST_F(HubTokenVerbTest, a_refusal_says_why_and_gives_no_token) {
  bridges.fail.fail_all(Error(Errc::refused, "its enrollment does not say leafgate.bridge = true"));
  EXPECT_EQ(ask(), Exit::no);
  EXPECT_EQ(out.str(), "");
  EXPECT_THAT(err.str(), HasSubstr("does not say leafgate.bridge = true"));
  EXPECT_THAT(err.str(), Not(HasSubstr("Shared")));
  bridges.fail.heal();
  EXPECT_EQ(ask("soon"), Exit::usage);
  EXPECT_THAT(err.str(), HasSubstr("--for takes a span like 30m or 30d"));
}

}  // namespace
}  // namespace leafgate::ctl::hub_token_verb_test
