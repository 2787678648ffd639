#include "gateway/app/reload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/test_pki.hpp"
#include "tests/unit/app/config_fixture.hpp"

namespace leafgate::reload_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// A reload over a real file and real certificates, in virtual time.
struct ReloadTest : ConfigTest {
  TestPki pki;
  Simulator simulator{1};
  FakeClock clock;
  Config config;
  std::vector<std::string> notified;
  std::vector<Config> applied;
  std::unique_ptr<Certificates> certificates;
  std::unique_ptr<Reload> reload;

  ReloadTest() {
    clock.start = WallTime(
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()));
    write_config("");
    config = std::get<Config>(load_config(file));
    certificates = std::make_unique<Certificates>(std::vector{simulator.executor()}, simulator.executor(),
                                                  clock, KeptCertificates(folder.path()));
    EXPECT_TRUE(certificates->load(wanted_pairs(config)));
    Reload::Hooks hooks;
    hooks.read = [this] { return load_config(file); };
    hooks.apply = [this](const Config& next) { applied.push_back(next); };
    hooks.notify = [this](const std::string& said) { notified.push_back(said); };
    reload = std::make_unique<Reload>(simulator.executor(), simulator.executor(), config, *certificates,
                                      clock, std::move(hooks));
    simulator.spawn(reload->run());
  }
  ~ReloadTest() override {
    reload->stop();
    simulator.run_for(std::chrono::seconds(1));
  }
  void write_config(const std::string& more) {
    write(file, "[gateway]\nid_scope = \"0ne00ABCDEF\"\n[tls]\ncertificate = \"" + pki.certificate_file() +
                    "\"\nkey = \"" + pki.key_file() + "\"\n" + more);
  }
  void ask() {
    reload->ask();
    simulator.run_for(std::chrono::seconds(1));
  }
  std::vector<std::string> troubles() {
    std::vector<std::string> out;
    for (const DegradedMode& mode : reload->troubles())
      out.push_back(std::string(code(mode.reason)) + ": " + mode.consequence);
    return out;
  }
};

TEST_F(ReloadTest, takes_what_may_change_and_leaves_the_rest) {
  write_config("[cache]\nmax_age = \"1h\"\n[mqtt]\nlisten = []\n");
  ask();
  ASSERT_EQ(applied.size(), 1U);
  EXPECT_EQ(config.cache_max_age, std::chrono::hours(1));
  EXPECT_EQ(config.mqtt_listen.size(), 1U) << "needs a restart";
  EXPECT_THAT(troubles(), IsEmpty());
}

TEST_F(ReloadTest, tells_systemd_when_it_begins_and_ends) {
  ask();
  EXPECT_THAT(notified, ElementsAre(StartsWith("RELOADING=1\nMONOTONIC_USEC="), "READY=1"));
}

TEST_F(ReloadTest, keeps_the_old_one_whole_beside_any_mistake) {
  write_config("[cache]\nmax_age = \"1h\"\n[offline]\nmax_age = \"never\"\nbeyond = \"x\"\n");
  ask();
  EXPECT_THAT(applied, IsEmpty());
  EXPECT_EQ(config.cache_max_age, std::chrono::hours(24));
  EXPECT_THAT(troubles(), ElementsAre(testing::AllOf(StartsWith("configuration-refused: "), HasSubstr(":9: "),
                                                     HasSubstr("(and 1 more)"))));
  EXPECT_EQ(notified.back(), "READY=1");
  write_config("");
  ask();
  EXPECT_THAT(troubles(), IsEmpty());
}

TEST_F(ReloadTest, survives_a_file_that_is_gone) {
  std::filesystem::remove(file);
  ask();
  EXPECT_THAT(troubles(), ElementsAre(HasSubstr("cannot be read: No such file")));
  EXPECT_EQ(config.cache_max_age, std::chrono::hours(24));
}

TEST_F(ReloadTest, sees_changed_certificates_without_being_asked) {
  const auto before = certificates->shown_to("", 0);
  const auto made = make_test_certificate("gw", "DNS:gw.example", &pki.ca());
  TestPki::write(pki.certificate_file(), {made});
  TestPki::write_key(pki.key_file(), made);
  simulator.run_for(std::chrono::seconds(61));
  EXPECT_NE(certificates->shown_to("", 0), before);
  EXPECT_THAT(notified, IsEmpty());
}

TEST_F(ReloadTest, keeps_the_certificate_for_a_start_without_it_as_soon_as_it_runs) {
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/shown.pem"));
  simulator.run_for(std::chrono::seconds(1));
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/shown.pem"));
}

TEST_F(ReloadTest, looks_at_certificates_when_the_clock_was_set) {
  const auto before = certificates->shown_to("", 0);
  const WallTime today = clock.start;
  clock.start = today - std::chrono::days(3'653);
  const auto made = make_test_certificate("gw", "DNS:gw.example", &pki.ca());
  TestPki::write(pki.certificate_file(), {made});
  TestPki::write_key(pki.key_file(), made);
  simulator.run_for(std::chrono::seconds(61));
  ASSERT_EQ(certificates->shown_to("", 0), before) << "not valid yet, by this clock";
  clock.start = today;
  reload->look_at_certificates();
  simulator.run_for(std::chrono::seconds(1));
  EXPECT_NE(certificates->shown_to("", 0), before);
}

TEST_F(ReloadTest, tries_certificates_also_beside_a_broken_file) {
  const auto before = certificates->shown_to("", 0);
  const auto made = make_test_certificate("gw", "DNS:gw.example", &pki.ca());
  TestPki::write(pki.certificate_file(), {made});
  TestPki::write_key(pki.key_file(), made);
  write_config("nonsense");
  ask();
  EXPECT_NE(certificates->shown_to("", 0), before);
}

}  // namespace
}  // namespace leafgate::reload_test
