#include <fstream>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "gateway/ctl/whole_file.hpp"
#include "tests/unit/ctl/verbs_fixture.hpp"

namespace leafgate::ctl::report_verb_test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string content_of(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST_F(VerbsTest, writes_the_page_of_the_site_without_its_asking_again) {
  desk.report.name = "gw12";
  const std::string file = folder.path() + "/site.html";
  EXPECT_EQ(write_report(session(), file), Exit::yes) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("wrote " + file));
  EXPECT_THAT(content_of(file), testing::AllOf(HasSubstr("<h1>gw12</h1>"), EndsWith("</html>\n"),
                                               Not(HasSubstr("http-equiv=refresh"))));
  EXPECT_EQ(write_report(session(), folder.path() + "/no/such/site.html"), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("cannot be written"));
}

TEST(WholeFile, is_there_whole_or_not_at_all) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/file";
  {
    WholeFile given_up(path, 0600);
    given_up.add("half");
  }
  struct stat told {};
  EXPECT_NE(::stat(path.c_str(), &told), 0);
  EXPECT_NE(::stat((path + ".part").c_str(), &told), 0);
  WholeFile file(path, 0600);
  file.add("all of it");
  file.name();
  EXPECT_EQ(file.trouble(), "");
  EXPECT_EQ(content_of(path), "all of it");
  ASSERT_EQ(::stat(path.c_str(), &told), 0);
  EXPECT_EQ(told.st_mode & 0777U, 0600U);
}

TEST(WholeFile, leaves_devices_where_they_are) {
  WholeFile file("/dev/null", 0600);
  file.add("all of it");
  file.name();
  EXPECT_EQ(file.trouble(), "");
  struct stat told {};
  ASSERT_EQ(::stat("/dev/null", &told), 0);
  EXPECT_TRUE(S_ISCHR(told.st_mode));
}

}  // namespace
}  // namespace leafgate::ctl::report_verb_test
