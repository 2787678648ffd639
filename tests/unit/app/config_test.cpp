#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/app/config_keys.hpp"
#include "tests/unit/app/config_fixture.hpp"

namespace leafgate::config_test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST_F(ConfigTest, has_a_default_for_all_that_is_not_needed) {
  const Config config = good();
  EXPECT_EQ(config.id_scope, "0ne00ABCDEF");
  EXPECT_EQ(config.state_dir, "/var/lib/leafgate");
  EXPECT_EQ(config.mqtt_listen, (std::vector<ListenAddress>{{"0.0.0.0", 8883}}));
  EXPECT_EQ(config.service_host, "global.azure-devices-provisioning.net");
  EXPECT_EQ(config.registrations_per_minute, 30);
  EXPECT_EQ(config.cache_max_age, std::chrono::hours(24));
  EXPECT_EQ(config.offline_max_age, std::chrono::days(30));
  EXPECT_EQ(config.offline_unknown, "relay");
  EXPECT_EQ(config.connections, 10'240);
  EXPECT_EQ(config.packet.count, 16U * 1024);
  EXPECT_EQ(config.idle, std::chrono::seconds(120));
}

TEST_F(ConfigTest, reads_values_of_every_kind) {
  const Config config = good(
      "[mqtt]\nlisten = [\"[::]:8883\", \"127.0.0.1:0\"]\n[service]\nport = 8443\n"
      "[cache]\nmax_age = \"90m\"\n[limits]\npacket = \"32KiB\"\n[gateway.labels]\nline = \"A\"\n");
  EXPECT_EQ(config.mqtt_listen, (std::vector<ListenAddress>{{"::", 8883}, {"127.0.0.1", 0}}));
  EXPECT_EQ(config.service_port, 8443);
  EXPECT_EQ(config.cache_max_age, std::chrono::minutes(90));
  EXPECT_EQ(config.packet.count, 32U * 1024);
  EXPECT_EQ(config.labels.at("line"), "A");
}

TEST_F(ConfigTest, lets_later_drop_ins_win) {
  drop_in("20-b.toml", "[gateway]\nname = \"from 20\"\n");
  drop_in("10-a.toml", "[gateway]\nname = \"from 10\"\nsite = \"plant\"\n");
  drop_in("30-c.toml.disabled", "[gateway]\nname = \"from 30\"\n");
  const Config config = good();
  EXPECT_EQ(config.name, "from 20");
  EXPECT_EQ(config.site, "plant");
}

TEST_F(ConfigTest, names_the_file_of_a_mistake) {
  write(file, least_document);
  drop_in("10.toml", "\n[gateway]\nnam = \"x\"\n");
  const auto loaded = load_config(file);
  const auto& errors = std::get<1>(loaded);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].to_text(),
            folder.path() + "/leafgate.d/10.toml:3: gateway.nam is not known; did you mean gateway.name?");
}

TEST_F(ConfigTest, hints_at_what_was_meant_and_at_nothing_that_was_not) {
  const struct {
    const char* text;
    const char* said;
  } rows[] = {
      {"[[tunnel.routes]]\nserver_name = \"a\"\n", "tunnel.routes is not known; did you mean tunnel.route?"},
      {"[[tls.extras]]\nserver_name = \"a\"\n", "tls.extras is not known; did you mean tls.extra?"},
      {"[[serials]]\npath = \"/dev/a\"\n", "serials is not known; did you mean serial?"},
      {"id_scope = \"0ne\"\n", "id_scope is not known; did you mean gateway.id_scope?"},
      {"[gateway]\nhost = \"a\"\n", "gateway.host is not known; did you mean service.host?"},
      {"[mqt]\nlisten = []\n", "[mqt] is not known; did you mean mqtt?"},
      {"[foo]\n", "[foo] is not known"},
      {"[tls]\nfoo = 1\n", "tls.foo is not known"},
  };
  for (const auto& row : rows)
    EXPECT_THAT(complaints(row.text), testing::Contains(testing::EndsWith(std::string(": ") + row.said)));
}

TEST_F(ConfigTest, lets_no_two_labels_be_one_in_the_metrics) {
  EXPECT_THAT(complaints(least_document + "[gateway.labels]\n\"a-b\" = \"1\"\n\"a_b\" = \"2\"\n"),
              testing::Contains(HasSubstr("gateway.labels: \"a-b\" and \"a_b\" are one label in the metrics, "
                                          "label_a_b")));
  EXPECT_THAT(complaints(least_document + "[gateway.labels]\n\"3\" = \"1\"\n\"_3\" = \"2\"\n"),
              testing::IsEmpty());
}

TEST_F(ConfigTest, survives_a_section_without_a_name) {
  for (const char* head : {"[#gateway]\n", "[\x1a]\n", "[=]", "[[.a]]\n", "[gateway.]\n", "[\xc3\xa4]\n"})
    EXPECT_THAT(complaints(head), Not(IsEmpty())) << head;
  EXPECT_THAT(complaints("[gateway]\n\n[#mqtt]\n"),
              Contains(AllOf(StartsWith("3: "), HasSubstr("is no TOML"))));
  for (const char* head :
       {"[ gateway ]\n", "[\"gateway\"]\n", "  [gateway] # comment\n", "[ gateway . labels ]\n"})
    EXPECT_THAT(complaints(head), Not(Contains(HasSubstr("is no TOML")))) << head;
}

TEST_F(ConfigTest, wants_characters_outside_ascii_in_quotes_or_comments) {
  for (const char* stray : {"\xc3\xa4 = 1\n", "[gateway]\n\xc2\xa0name = \"x\"\n", "[gateway] \xc3\xa4\n",
                            "[gateway]\nname = \"x\" \xc3\xa4\n", "[gateway]\nname = 'x\\' \xc3\xa4\n"})
    EXPECT_THAT(complaints(stray), Contains(HasSubstr("is no TOML: characters"))) << stray;
  for (const char* fine :
       {"# \xc3\xa4\n", "[gateway]\nname = \"\xc3\xa4 \\\" \xc3\xa4\"\n",
        "[gateway]\nsite = '\xc3\xa4' # \xc3\xa4\n", "[gateway]\nsite = \"\"\"a\n\xc3\xa4\"\"\"\n"})
    EXPECT_THAT(complaints(fine), Not(Contains(HasSubstr("is no TOML")))) << fine;
}

TEST_F(ConfigTest, tells_all_mistakes_in_one_run) {
  EXPECT_THAT(
      complaints("[gateway]\nid_scope = \"0ne 1\"\nloops = \"2\"\n[tls]\ncertificate = \"c.pem\"\n"
                 "[servce]\nhost = \"x\"\n[cache]\nmax_age = 24\n"),
      testing::UnorderedElementsAre(HasSubstr("2: gateway.id_scope \"0ne 1\": an ID scope"),
                                    "3: gateway.loops wants a whole number",
                                    "5: tls.certificate \"c.pem\": a path must be absolute",
                                    "6: [servce] is not known; did you mean service?",
                                    HasSubstr("9: cache.max_age wants a duration with its unit in quotes"),
                                    HasSubstr("0: tls.key is needed")));
  EXPECT_THAT(
      complaints("[gateway]\n"),
      Contains(
          "0: gateway.id_scope is needed: ID scope of the provisioning service, from its overview page"));
}

TEST_F(ConfigTest, says_where_a_document_is_no_toml) {
  EXPECT_THAT(complaints("[gateway]\nname = unquoted\n"), Contains(StartsWith("2: ")));
}

TEST_F(ConfigTest, complains_about_a_missing_file) {
  const auto loaded = load_config(folder.path() + "/none.toml");
  EXPECT_THAT(std::get<1>(loaded).front().to_text(), HasSubstr("none.toml: cannot be read: No such file"));
}

struct Row {
  std::string text;
  std::string complaint;  // part of it; empty: fine
};

TEST_F(ConfigTest, holds_values_within_their_bounds) {
  const std::vector<Row> rows = {
      {"[limits]\nconnections = 10240", ""},
      {"[limits]\nconnections = 10241", "limits.connections is between 1 and 10240"},
      {"[limits]\nconnections = 0", "is between"},
      {"[limits]\nconnections = -1", "is between"},
      {"[limits]\nconnections = 1.5", "wants a whole number"},
      {"[limits]\npacket = \"96KiB\"", ""},
      {"[limits]\npacket = \"97KiB\"", "limits.packet is between 4KiB and 96KiB"},
      {"[limits]\npacket = \"16kb\"", "a size is digits and a unit"},
      {"[limits]\npacket = 16384", "wants a size with its unit in quotes"},
      {"[limits]\nidle = \"5s\"", "limits.idle is between 10s and 1h"},
      {"[limits]\nidle = \"120\"", "the unit of a duration"},
      {"[service]\nregistrations_per_minute = 60000", ""},
      {"[service]\nregistrations_per_minute = 60001", "is between 1 and 60000"},
      {"[service]\nport = 65536", "is between 1 and 65535"},
      {"[service]\nkind = \"parent\"", "service.kind is one of dps, not \"parent\""},
      {"[service]\nhost = \"https://x/\"", "a host is a name or an address"},
      {"[service]\nhost = \"127.0.0.1\"", ""},
      {"[service]\nproxy = \"http://outward.example:3128\"", ""},
      {"[service]\nproxy = \"http://[fe80::1]:3128/\"", ""},
      {"[service]\nproxy = \"outward.example:3128\"", "service.proxy is \"http://HOST:PORT\""},
      {"[service]\nproxy = \"https://outward.example:3128\"", "is \"http://HOST:PORT\""},
      {"[service]\nproxy = \"http://outward.example\"", "is \"http://HOST:PORT\""},
      {"[service]\nproxy = \"http://outward.example:0\"", "is \"http://HOST:PORT\""},
      {"[offline]\nunknown = \"refuse\"", ""},
      {"[offline]\nunknown = \"keep\"", "is one of relay|refuse|hold"},
      {"[offline]\nbeyond = \"queue|serve\"", "is one of"},
      {"[mqtt]\nlisten = []", ""},
      {"[mqtt]\nlisten = \"0.0.0.0:8883\"", "wants a list"},
      {"[mqtt]\nlisten = [8883]", "wants texts in its list"},
      {"[mqtt]\nlisten = [\"8883\"]", "an address to listen on"},
      {"[mqtt]\nlisten = [\"localhost:8883\"]", "an address to listen on"},
      {"[mqtt]\nlisten = [\":::8883\"]", "an address to listen on"},
      {"[mqtt]\nlisten = [\"0.0.0.0:65536\"]", "an address to listen on"},
      {"[mqtt]\nlisten = [\"[fe80::1%lo]:8883\"]", ""},
      {"[mqtt]\nlisten = [\"169.254.7.7:8883\"]", ""},
      {"[mqtt]\nlisten = [\"0.0.0.0:1\", \"0.0.0.0:1\"]", "stands there twice"},
      {"[status]\nsocket = \"\"", "status.socket is needed"},
      {"[status]\nsocket = true", "wants a text in quotes"},
      {"[gateway.labels]\nline = 3", "wants texts in its table"},
      {"[tls.extra]\nx = 1", "tls.extra is a list of sections: [[tls.extra]]"},
      {"[\"tls.extra\"]\nserver_name = \"x\"", "[tls.extra] is not known"},
      {"[mqtt]\nlisten = [\"0.0.0.0:1\", \"127.0.0.1:1\"]", "cannot be listened on beside 0.0.0.0:1"},
      {"[mqtt]\nlisten = [\"[::0]:1\", \"[::]:1\"]", "stands there twice"},
      {"[mqtt]\nlisten = [\"[::]:1\", \"0.0.0.0:1\", \"127.0.0.1:0\", \"127.0.0.1:0\"]", ""},
      {"[metrics]\ntextfile = \"/var/lib/node/leafgate.prom\"\nlisten = \"[::1]:9464\"", ""},
      {"[metrics]\ntextfile = \"/var/lib/node/leafgate.txt\"", "files that end in .prom"},
      {"[metrics]\nlisten = \"0.0.0.0:9464\"", "only a loopback address"},
      {"[metrics]\nlisten = \"localhost:9464\"", "an address to listen on"},
      {"[metrics]\nlisten = \"127.0.0.1:8883\"",
       "metrics.listen \"127.0.0.1:8883\": mqtt.listen has that address"},
      {"[broker]\nuri = \"mqtts://broker.site:8883\"", ""},
      {"[broker]\nuri = \"broker.site\"", "a broker is at"},
      {"[broker]\nuri = \"mqtt://127.0.0.1:8883\"",
       "broker.uri \"mqtt://127.0.0.1:8883\": this gateway itself"},
      {"[broker]\nuri = \"mqtt://b:1\"\ncertificate = \"/c.pem\"", "both or none"},
      {"[bridge]\nusers = [\"boiler-bridge\", \"svc_1@site.example\", \"SITE\\\\bridge\"]", ""},
      {"[bridge]\nusers = [\"a b\"]", "\"a b\": is the name of a user of this system"},
      {"[bridge]\nusers = [\"1000\"]", "not its number"},
      {"[bridge]\nusers = [\"\"]", "stands there empty"},
      {"[bridge]\nusers = \"mosquitto\"", "wants a list of texts"},
      {"[tunnel]\nhubs = \"all\"", "tunnel.hubs is one of off|assigned, not \"all\""},
      {"[tunnel]\nsources = [\"192.0.2.7\", \"192.0.2.0/24\", \"2001:db8::/48\", \"fe80::1\"]", ""},
      {"[tunnel]\nsources = [\"192.0.2.0/33\"]", "is an address or a network"},
      {"[tunnel]\nsources = [\"plant\"]", "is an address or a network"},
      {"[tunnel]\nsources = [\"192.0.2.7/24\"]", "without bits behind its prefix"},
      {"[tunnel]\nsources = [\"::ffff:192.0.2.7\"]", "is an address or a network"},
      {"[tunnel]\nsources = [\"fe80::1%eth0\"]", "is an address or a network"},
      {"[tunnel]\ndial = { \"hub.example:8883\" = \"[2001:db8::1]:8883\" }", ""},
      {"[tunnel]\ndial = { \"hub.example:8883\" = \"[fe80::1%1]:8883\" }", "is \"ADDRESS:PORT\""},
      {"[limits]\nattempts_at_once = 0", "is between 1 and 1000"},
      {"[tpm]\ntcti = \"swtpm:path=/run/tpm\"\nmode = \"require\"", ""},
      {"[tpm]\ntcti = \"mssim:port=2321\"", "a TPM is at device:PATH"},
      {"[tpm]\nmode = \"on\"", "is one of off|auto|require"},
      {"[tpm]\ncounter_index = 0x01000000", "is between"},
      {"[tpm]\nregisters = 7", "wants a list of whole numbers"},
      {"[tpm]\nregisters = [24]", "is between 0 and 23"},
      {"[tpm]\nregisters = [7, 7]", "7 stands there twice"},
      {"[tpm]\nregisters = [7]", "tpm.registers wants tpm.approver"},
      {"[tpm]\nregisters = [7]\napprover = \"/a.pem\"", "tpm.registers wants tpm.approval"},
      {"[tpm]\nregisters = [7]\napprover = \"/a.pem\"\napproval = \"/a.sig\"", ""},
      {"[limits]\nattempts_every = \"2h\"", "is between"},
      {"[limits]\ntunnels_per_source = 0", "is between 1 and 10240"},
      {"[tunnel]\nserver_names = [\"*.example\"]", "a server name is a DNS name"},
      {"[tunnel]\ndial = { \"hub.example:8883\" = \"10.0.0.1:8883\" }", ""},
      {"[tunnel]\ndial = { \"hub.example\" = \"10.0.0.1:8883\" }", "\"hub.example\": is \"NAME:PORT\""},
      {"[tunnel]\ndial = { \"hub.example:8883\" = \"other.example:8883\" }", "is \"ADDRESS:PORT\""},
      {"[tunnel]\nlisten = [\"0.0.0.0:8883\"]", "mqtt.listen has that address"},
      {"[[serial]]\npath = \"/dev/ttyS0\"", ""},
      {"[[serial]]\nname = \"a\"\npath = \"/dev/ttyS0\"\nbaud = 9600\nmultidrop = true\nhold = \"window\"",
       ""},
      {"[[serial]]\nname = \"a\"", "serial.path is needed in each [[serial]]"},
      {"[[serial]]\npath = \"ttyS0\"", "is the absolute path of a device"},
      {"[[serial]]\npath = \"/dev/a\"\nname = \"broker\"", "is what ways over the broker are called"},
      {"[[serial]]\npath = \"/dev/a\"\nname = \"a b\"", "a line's name is"},
      {"[[serial]]\npath = \"/dev/a\"\nmultidrop = 1", "wants true or false"},
      {"[[serial]]\npath = \"/dev/a\"\nhold = \"never\"", "is one of always|window"},
      {"[[serial]]\npath = \"/dev/a\"\n[[serial]]\npath = \"/dev/a\"", "\"/dev/a\" stands there twice"},
      {"[serial]\npath = \"/dev/a\"", "serial is a list of sections: [[serial]]"},
      {"[deny]\nurl = \"http://list.site/deny.json\"", "deny.url is \"https://HOST/PATH\""},
      {"[deny]\nurl = \"https://list.site/deny.json\"",
       "deny.url wants deny.signer: who may sign the list that is fetched"},
      {"[sync]\nenrollments = [\"plant 3\"]",
       "sync.enrollments \"plant 3\": is an id, or the beginning of one and '*'"},
      {"[service]\nhub_suffixes = [\"azure-devices.net\"]", ""},
      {"[service]\nhub_suffixes = [\".net\"]", "\".net\": a server name is a DNS name"},
      {"[service]\nhub_suffixes = [\"\"]", "stands there empty"},
      {"[service]\nhub_suffixes = \"azure-devices.net\"", "wants a list of texts"},
      {"[service]\napi_operations_per_minute = 1001", "is between 1 and 1000"},
  };
  for (const Row& row : rows) {
    const auto got = complaints((row.text.starts_with("[tls") ? "" : least_document) + row.text + "\n");
    if (row.complaint.empty())
      EXPECT_THAT(got, IsEmpty()) << row.text;
    else
      EXPECT_THAT(got, Contains(HasSubstr(row.complaint))) << row.text;
  }
}

TEST_F(ConfigTest, wants_the_password_of_a_proxy_in_a_file_and_does_not_repeat_it) {
  const auto got = complaints(least_document + "[service]\nproxy = \"http://site:word@proxy:3128\"\n");
  EXPECT_THAT(got, Contains(HasSubstr("belong into service.proxy_credentials_file")));
  EXPECT_THAT(got, Not(Contains(HasSubstr("word@"))));
}

TEST_F(ConfigTest, does_not_repeat_what_may_hold_a_password) {
  for (const char* text : {"[broker]\nuri = \"mqtts://user:word@host\"", "[tunnel]\nhubs = \"word@all\"",
                           "[service]\nhub_suffixes = [\"word@host\"]",
                           "[tunnel]\ndial = { \"hub.example:8883\" = \"word@10.0.0.1:8883\" }"}) {
    const auto got = complaints(least_document + text + "\n");
    EXPECT_FALSE(got.empty()) << text;
    EXPECT_THAT(got, Not(Contains(HasSubstr("word")))) << text;
  }
}

TEST_F(ConfigTest, takes_credentials_only_from_a_file_that_others_cannot_read) {
  const std::string path = folder.path() + "/proxy";
  write(path, "site:a word: with colon\n");
  std::filesystem::permissions(path, std::filesystem::perms(0640));
  EXPECT_EQ(read_credentials(path).value(), "site:a word: with colon");
  for (const unsigned mode : {0644U, 0660U, 0602U}) {
    std::filesystem::permissions(path, std::filesystem::perms(mode));
    EXPECT_EQ(read_credentials(path).error().code, Errc::refused) << mode;
  }
  write(folder.path() + "/bare", "no colon\n");
  std::filesystem::permissions(folder.path() + "/bare", std::filesystem::perms(0600));
  EXPECT_EQ(read_credentials(folder.path() + "/bare").error().code, Errc::malformed);
  EXPECT_EQ(read_credentials(folder.path() + "/none").error().code, Errc::not_found);
}

TEST_F(ConfigTest, wants_sections_where_sections_belong) {
  EXPECT_THAT(complaints("gateway = 3\n"), Contains("1: gateway is a section: [gateway]"));
}

TEST_F(ConfigTest, guesses_what_was_meant) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"gateway.idscope", "gateway.id_scope"},
      {"service.hots", "service.host"},
      {"cache.maxage", "cache.max_age"},
      {"gateway.admin_group", "status.admin_group"},
      {"mqtt.listne", "mqtt.listen"},
      {"limits.colour", ""},
      {"limit.connections", "limits.connections"}};
  for (const auto& [wrong, right] : rows) {
    const std::size_t dot = wrong.find('.');
    EXPECT_EQ(nearest_config_key(wrong.substr(0, dot), wrong.substr(dot + 1)), right) << wrong;
  }
}

TEST(ConfigFile, shipped_agrees_with_the_table_of_keys) {
  std::ifstream shipped(LEAFGATE_CONFIG_FILE);
  std::ostringstream text;
  text << shipped.rdbuf();
  EXPECT_EQ(text.str(), config_document(false)) << "config/leafgate.toml must be config_document(false)";
}

TEST(ConfigTable, has_a_meaning_and_bounds_for_each_key) {
  for (const ConfigKey& key : config_keys()) {
    EXPECT_FALSE(key.help.empty()) << key.name;
    const bool counted = std::holds_alternative<std::int64_t Config::*>(key.member) ||
                         std::holds_alternative<Millis Config::*>(key.member) ||
                         std::holds_alternative<Octets Config::*>(key.member) ||
                         std::holds_alternative<std::int64_t SerialSection::*>(key.member) ||
                         std::holds_alternative<Millis SerialSection::*>(key.member);
    const bool bounded = counted || std::holds_alternative<std::vector<std::int64_t> Config::*>(key.member);
    EXPECT_EQ(bounded, key.most > 0) << key.name;
  }
}

TEST(ConfigValue, writes_sizes_and_addresses_as_it_reads_them) {
  for (const char* text : {"0B", "512B", "16KiB", "1025B", "4MiB", "1GiB"})
    EXPECT_EQ(to_text(*parse_size(text)), text);
  for (const char* text : {"0.0.0.0:8883", "[::]:443", "[2001:db8::1]:0"})
    EXPECT_EQ(to_text(*parse_listen_address(text)), text);
}

}  // namespace
}  // namespace leafgate::config_test
