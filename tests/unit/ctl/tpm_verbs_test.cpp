#include <fstream>

#include <gmock/gmock.h>

#include "gateway/ctl/qr_code.hpp"
#include "tests/unit/ctl/verbs_fixture.hpp"

namespace leafgate::ctl::tpm_verbs_test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct TpmVerbsTest : VerbsTest {
  void SetUp() override {
    VerbsTest::SetUp();
    tpm.report.mode = "auto";
    tpm.report.tcti = "device:/dev/tpmrm0";
    tpm.report.tpm.state = TpmState::ready;
    tpm.report.tpm.set_up = true;
    tpm.report.tpm.vendor = "IFX SLB9670 7.85";
    tpm.report.tpm.lockout_limit = 32;
    tpm.report.protection = Protection::tpm;
    tpm.report.secrets_open = true;
    tpm.identity.registration_id = std::string(52, 'a');
    tpm.identity.endorsement_key = std::string(424, 'B');
  }
};

TEST_F(TpmVerbsTest, tells_the_engineer_how_the_tpm_stands) {
  EXPECT_EQ(show_tpm(session()), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("tpm          ready"));
  EXPECT_THAT(out.str(), HasSubstr("sealed by the TPM; no recovery copy"));
  EXPECT_THAT(out.str(), HasSubstr("0 of 32 false guesses count"));
  expect_80_columns();
}

TEST_F(TpmVerbsTest, names_what_is_wrong_and_what_to_do) {
  tpm.report.tpm.state = TpmState::foreign;
  tpm.report.tpm.detail = "its storage root key is another one";
  tpm.report.secrets_open = false;
  tpm.report.doubt = Reason::store_foreign;
  tpm.report.tpm.lockout_counter = 2;
  tpm.report.tpm.lockout_recovery = Seconds(600);
  EXPECT_EQ(show_tpm(session()), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("foreign\n    its storage root key is another one\n"));
  EXPECT_THAT(out.str(), HasSubstr("and locked"));
  EXPECT_THAT(out.str(), HasSubstr("one is forgiven every 10 min"));
  EXPECT_THAT(out.str(), HasSubstr("leafgatectl restore FILE"));
  expect_80_columns();
}

TEST_F(TpmVerbsTest, prints_what_must_be_enrolled) {
  EXPECT_EQ(show_tpm_identity(session(), {}), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr(tpm.identity.registration_id));
  EXPECT_THAT(out.str(), HasSubstr(std::string(72, 'B') + "\n"));
  EXPECT_THAT(out.str(), HasSubstr("gateway.identity"));
  expect_80_columns();
  IdentityQuestion question;
  question.signing_key = true;
  EXPECT_EQ(show_tpm_identity(session(), question), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("tpm setup"));
}

TEST_F(TpmVerbsTest, the_picture_stays_within_80_columns) {
  IdentityQuestion question;
  question.qr = true;
  EXPECT_EQ(show_tpm_identity(session(), question), Exit::yes);
  std::istringstream lines(out.str());
  std::size_t rows = 0;
  for (std::string row; std::getline(lines, row); ++rows) {
    std::size_t cells = 0;
    for (std::size_t at = row.find('m') + 1; at < row.find("\x1b[0m"); ++at)
      if ((static_cast<unsigned char>(row[at]) & 0xC0U) != 0x80U) ++cells;
    EXPECT_EQ(cells, 79U);
  }
  EXPECT_EQ(rows, 40U);
  EXPECT_FALSE(qr_code(std::string(3000, 'x')));
}

TEST_F(TpmVerbsTest, sets_up_with_a_copy_for_the_recovery_key_and_accepts) {
  const std::string file = folder.path() + "/recovery.pub";
  std::ofstream(file) << "-----BEGIN PUBLIC KEY-----\n";
  EXPECT_EQ(set_up_tpm(session(), file), Exit::yes);
  EXPECT_EQ(tpm.wish.recovery_key, "-----BEGIN PUBLIC KEY-----\n");
  EXPECT_EQ(err.str(), "");
  EXPECT_EQ(set_up_tpm(session(), folder.path() + "/missing"), Exit::no);
  EXPECT_EQ(set_up_tpm(session(), ""), Exit::yes);
  EXPECT_THAT(err.str(), HasSubstr("--recovery"));
  EXPECT_EQ(accept_tpm(session()), Exit::yes);
  EXPECT_EQ(tpm.changes, (std::vector<std::string>{"setup", "setup", "accept"}));
  EXPECT_EQ(tpm.who.because, "a test");
}

}  // namespace
}  // namespace leafgate::ctl::tpm_verbs_test
