#include "gateway/app/named_files.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "gateway/app/exit.hpp"
#include "gateway/app/kept_certificates.hpp"
#include "gateway/app/small_file.hpp"
#include "tests/fakes/document_keys.hpp"
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
  EXPECT_THAT(mistakes(""), ElementsAre("tls.certificate: /c.pem: No such file or directory"));
}

TEST_F(NamedFilesTest, every_file_that_the_next_start_reads_is_tried) {
  const std::string empty = named("empty", "");
  const std::string words = named("words", "no key at all\n");
  const struct {
    std::string more;
    std::string said;
  } rows[] = {
      {"service.ca_file = \"" + empty + "\"",
       "service.ca_file: " + empty + ": no CA certificates can be read"},
      {"service.ca_file = \"/none.pem\"",
       "service.ca_file: /none.pem: no CA certificates can be read: No such file or directory"},
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

// A power cut leaves files empty, and leaves are answered from the cache without these.
TEST_F(NamedFilesTest, a_start_goes_on_without_what_only_the_ways_out_need) {
  const std::string empty = named("empty", "");
  const NamedFiles files = read_named_files(
      good("[service]\nca_file = \"" + empty + "\"\nproxy = \"http://outward.example:3128\"\n" +
           "proxy_credentials_file = \"" + empty + "\"\napi_connection_string_file = \"/none\"\n" +
           "[deny]\nurl = \"https://lists.example/l\"\nca_file = \"" + empty + "\"\nsigner = \"" +
           named("signer", example::ec_public) + "\"\n"));
  EXPECT_THAT(files.mistakes, IsEmpty());
  EXPECT_EQ(files.missing().size(), 4U);
  ASSERT_TRUE(files.no_client_tls && files.no_proxy_credentials && files.no_service_api && files.no_deny_tls);
  EXPECT_EQ(files.no_client_tls->code, Errc::untrusted);
  EXPECT_EQ(files.no_proxy_credentials->code, Errc::proxy_failed);
  EXPECT_THAT(files.no_proxy_credentials->detail, HasSubstr("service.proxy_credentials_file: " + empty));
  EXPECT_EQ(files.no_service_api->code, Errc::malformed)
      << "that it is not_found means one that nobody wants";
  EXPECT_EQ(files.client_tls, nullptr);
  EXPECT_FALSE(files.service_api);
  EXPECT_THAT(files.complaints(), testing::SizeIs(4)) << "and --check-config calls each a mistake";
}

TEST_F(NamedFilesTest, nobody_who_denies_is_taken_for_another) {
  const NamedFiles files = read_named_files(good("[deny]\nsigner = \"" + named("words", "no key") + "\"\n"));
  EXPECT_EQ(exit_of(files.mistakes), Exit::configuration);
}

TEST_F(NamedFilesTest, descriptors_that_are_used_up_are_no_mistake_of_the_file) {
  const std::string words = named("words", "a key\n");
  EXPECT_EQ(read_small_file(words, 4'096).value(), "a key\n");
  EXPECT_EQ(read_small_file(folder.path(), 4'096).error().code, Errc::not_found) << "a folder stays one";
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto read = read_small_file(words, 4'096);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(exit_of(read.error()), Exit::not_now) << read.error().detail;
}

TEST_F(NamedFilesTest, nothing_is_gone_without_for_want_of_descriptors) {
  const std::string any = named("any", "site:word\n");
  const Config config = good(
      "[service]\nca_file = \"" + any + "\"\nproxy = \"http://outward.example:3128\"\n" +
      "proxy_credentials_file = \"" + any + "\"\napi_connection_string_file = \"" + any + "\"\n" +
      "[deny]\nurl = \"https://lists.example/l\"\nca_file = \"" + any + "\"\nsigner = \"" + any + "\"\n");
  ASSERT_EQ(read_named_files(config).missing().size(), 3U) << "of what they say, not for want of descriptors";
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const NamedFiles files = read_named_files(config);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_THAT(files.missing(), IsEmpty());
  EXPECT_THAT(files.mistakes, testing::SizeIs(5));
  EXPECT_EQ(exit_of(files.mistakes), Exit::not_now);
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
