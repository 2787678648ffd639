#include "gateway/app/named_files.hpp"

#include <gmock/gmock.h>

#include "gateway/app/kept_certificates.hpp"
#include "tests/unit/app/config_fixture.hpp"

namespace leafgate::named_files_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A site whose main pair was good here once: what is told is told of the other files.
struct NamedFilesTest : ConfigTest {
  CertificatePair pair;
  NamedFilesTest() {
    pair.certificate = "/c.pem";
    pair.key = "/k.pem";
    EXPECT_TRUE(KeptCertificates(folder.path()).keep(pair, "PEM"));
  }
  std::vector<std::string> mistakes(const std::string& more) {
    write(file, "gateway.state_dir = \"" + folder.path() + "\"\n" + more + "\n" + least());
    return mistakes_of_start(file.string());
  }
  static std::string least() {
    return "gateway.id_scope = \"0ne00ABCDEF\"\ntls.certificate = \"/c.pem\"\ntls.key = \"/k.pem\"\n";
  }
  // A file beside the configuration that only its owner may read.
  std::string named(const std::string& name, const std::string& text) const {
    const std::string path = folder.path() + "/" + name;
    write(path, text);
    std::filesystem::permissions(path, std::filesystem::perms(0600));
    return path;
  }
};

TEST_F(NamedFilesTest, a_main_pair_that_was_good_here_once_may_be_broken) {
  EXPECT_THAT(mistakes(""), IsEmpty());
  std::filesystem::remove(folder.path() + "/shown.pem");
  EXPECT_THAT(mistakes(""), ElementsAre(HasSubstr("/c.pem")));
}

TEST_F(NamedFilesTest, every_file_that_the_next_start_reads_is_tried) {
  const std::string empty = named("empty", "");
  const std::string words = named("words", "no key at all\n");
  const struct {
    std::string more;
    std::string said;
  } rows[] = {
      {"service.ca_file = \"" + empty + "\"", empty + ": no CA certificates can be read"},
      {"service.api_connection_string_file = \"" + words + "\"", words + ": "},
      {"service.api_connection_string_file = \"" + empty + "\"", empty},
      {"service.proxy = \"http://outward.example:3128\"\nservice.proxy_credentials_file = \"" + empty + "\"",
       empty},
      {"deny.signer = \"" + words + "\"", "deny.signer: " + words},
      {"deny.signer = \"" + empty + "\"", "deny.signer: " + empty},
      {"tpm.registers = [7]\ntpm.approver = \"" + empty + "\"\ntpm.approval = \"" + words + "\"", empty},
  };
  for (const auto& row : rows) EXPECT_THAT(mistakes(row.more), ElementsAre(HasSubstr(row.said))) << row.more;
}

TEST_F(NamedFilesTest, a_mistake_of_the_text_is_told_alone) {
  EXPECT_THAT(mistakes("mqtt.lisen = [\"127.0.0.1:0\"]"), ElementsAre(HasSubstr("lisen")));
}

TEST_F(NamedFilesTest, what_is_read_is_listed_with_the_configuration_and_its_drop_ins) {
  drop_in("10.toml", "[service]\nca_file = \"/ca.pem\"\n");
  const auto paths = paths_to_read(file.string(), good("[deny]\nsigner = \"/signer.pem\"\n"));
  EXPECT_THAT(paths, testing::UnorderedElementsAre(file.string(), folder.path() + "/leafgate.d/10.toml",
                                                   "/c.pem", "/k.pem", "/ca.pem", "/signer.pem"));
}

}  // namespace
}  // namespace leafgate::named_files_test
