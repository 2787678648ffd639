#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/app/config_checks.hpp"
#include "tests/fakes/descriptors_used_up.hpp"
#include "tests/unit/app/config_fixture.hpp"

namespace leafgate::config_lists_test {
namespace {

using testing::HasSubstr;

const std::string pair_a =
    "[[tls.extra]]\nserver_name = \"a.example\"\ncertificate = \"/a.pem\"\nkey = \"/a.key\"\n";
const std::string pair_b =
    "[[tls.extra]]\nserver_name = \"b.example\"\ncertificate = \"/b.pem\"\nkey = \"/b.key\"\n";

TEST_F(ConfigTest, reads_a_list_of_sections) {
  EXPECT_EQ(
      good(pair_a + pair_b).tls_extra,
      (std::vector<CertificatePair>{{"a.example", "/a.pem", "/a.key"}, {"b.example", "/b.pem", "/b.key"}}));
}

TEST_F(ConfigTest, adds_pairs_of_drop_ins_and_lets_the_later_of_a_name_win) {
  drop_in("10.toml", "[[tls.extra]]\nserver_name = \"a.example\"\ncertificate = \"/2.pem\"\nkey = \"/2\"\n");
  drop_in("20.toml", pair_b);
  EXPECT_EQ(good(pair_a).tls_extra,
            (std::vector<CertificatePair>{{"a.example", "/2.pem", "/2"}, {"b.example", "/b.pem", "/b.key"}}));
}

TEST_F(ConfigTest, tells_mistakes_in_lists_of_sections) {
  EXPECT_THAT(complaints("[gateway]\nid_scope = \"0ne\"\n[tls]\ncertificate = \"/c\"\nkey = \"/k\"\n"
                         "[[tls.extra]]\nserver_name = \"*.example\"\ncertifcate = \"x\"\n"
                         "[[tls.extra]]\nserver_name = \"b.example\"\n" +
                         pair_a + pair_a),
              testing::UnorderedElementsAre(
                  HasSubstr("7: tls.extra.server_name \"*.example\": a server name is a DNS name"),
                  "8: tls.extra.certifcate is not known; did you mean tls.extra.certificate?",
                  "9: tls.extra.certificate is needed in each [[tls.extra]]",
                  "9: tls.extra.key is needed in each [[tls.extra]]",
                  "15: tls.extra.server_name \"a.example\" stands there twice"));
}

TEST_F(ConfigTest, passes_nothing_through_until_the_section_stands) {
  EXPECT_FALSE(good("").tunnel);
  EXPECT_FALSE(good("[limits]\ntunnels = 8\n").tunnel);
  const Config config = good("[tunnel]\n");
  EXPECT_TRUE(config.tunnel);
  EXPECT_EQ(config.tunnel_server_names, std::vector<std::string>{"global.azure-devices-provisioning.net"});
  EXPECT_EQ(config.tunnel_hubs, "off");
}

TEST_F(ConfigTest, reads_names_of_neighbours) {
  const std::string edge = "[[tunnel.route]]\nserver_name = \"edge.example\"\n";
  const Config config = good(edge + "to = \"127.0.0.1:18883\"\n");
  EXPECT_TRUE(config.tunnel);
  EXPECT_EQ(config.tunnel_routes, (std::vector<TunnelRoute>{{"edge.example", "127.0.0.1:18883"}}));
  EXPECT_THAT(complaints(edge + "to = \"127.0.0.1\"\n"),
              testing::Contains(HasSubstr("tunnel.route.to \"127.0.0.1\": is \"NAME:PORT\"")));
  EXPECT_THAT(complaints(edge),
              testing::Contains(HasSubstr("tunnel.route.to is needed in each [[tunnel.route]]")));
}

TEST_F(ConfigTest, blames_the_line_that_took_an_address_a_second_time) {
  drop_in("10.toml", "[metrics]\nlisten = \"127.0.0.1:8883\"\n");
  write(file, least_document);
  auto loaded = load_config(file);
  EXPECT_EQ(std::get<1>(loaded).at(0).to_text(),
            folder.path() +
                "/leafgate.d/10.toml:2: metrics.listen \"127.0.0.1:8883\": mqtt.listen has that address");
  drop_in("10.toml", "[metrics]\nlisten = \"127.0.0.1:9464\"\n");
  drop_in("20.toml", "\n[mqtt]\nlisten = [\"0.0.0.0:9464\"]\n");
  loaded = load_config(file);
  EXPECT_EQ(std::get<1>(loaded).at(0).to_text(),
            folder.path() +
                "/leafgate.d/10.toml:2: metrics.listen \"127.0.0.1:9464\": mqtt.listen has that address");
}

TEST_F(ConfigTest, does_not_leave_out_drop_ins_it_cannot_read) {
  std::filesystem::create_directories(folder.path() + "/leafgate.d/10.toml");
  write(file, least_document);
  auto loaded = load_config(file);
  ASSERT_EQ(loaded.index(), 1U);
  EXPECT_THAT(std::get<1>(loaded).at(0).to_text(), HasSubstr("10.toml: cannot be read: Is a directory"));
  std::filesystem::remove_all(folder.path() + "/leafgate.d");
  write(folder.path() + "/leafgate.d", "no folder");
  loaded = load_config(file);
  ASSERT_EQ(loaded.index(), 1U);
  EXPECT_THAT(std::get<1>(loaded).at(0).to_text(), HasSubstr("leafgate.d: cannot be read: Not a directory"));
}

TEST_F(ConfigTest, tells_that_this_program_has_no_descriptor_left) {
  write(file, least_document);
  ASSERT_EQ(load_config(file).index(), 0U);  // has read the defaults: a sanitizer wants descriptors for that
  const auto load_without_any = [this] {
    const DescriptorsUsedUp none_left;  // and for what is compared below
    return load_config(file);
  };
  const auto loaded = load_without_any();
  ASSERT_EQ(loaded.index(), 1U);
  EXPECT_THAT(std::get<1>(loaded).at(0).to_text(), HasSubstr("cannot be read: Too many open files"));
}

TEST_F(ConfigTest, tells_what_a_reload_changes_and_what_needs_a_restart) {
  const Config now = good();
  Config next = good("[mqtt]\nlisten = [\"127.0.0.1:0\"]\n[cache]\nmax_age = \"1h\"\n" + pair_a);
  const ConfigChanges told = changes(now, next);
  EXPECT_THAT(told.live, testing::ElementsAre("cache.max_age", "tls.extra"));
  EXPECT_THAT(told.restart, testing::ElementsAre("mqtt.listen"));
  Config taken = now;
  take_live_keys(taken, next);
  EXPECT_EQ(taken.cache_max_age, std::chrono::hours(1));
  EXPECT_EQ(taken.tls_extra.size(), 1U);
  EXPECT_EQ(taken.mqtt_listen, now.mqtt_listen);
}

}  // namespace
}  // namespace leafgate::config_lists_test
