#include "gateway/crypto/server_identity.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "gateway/crypto/tls_context.hpp"
#include "tests/fakes/test_pki.hpp"

namespace leafgate::crypto::server_identity_test {
namespace {

using namespace std::chrono_literals;

void write_text(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

TEST(ServerIdentity, tells_subject_names_and_days_left) {
  const TestPki pki("DNS:gw.example,DNS:*.plant-3.example,IP:10.1.2.3,IP:fd00::1");
  const auto identity = ServerIdentity::load(pki.certificate_file(), pki.key_file());
  ASSERT_TRUE(identity) << identity.error().detail;
  const CertificateInfo& info = identity->info();
  EXPECT_EQ(info.subject, "CN=gw");
  EXPECT_EQ(info.issuer, "CN=test ca");
  EXPECT_EQ(info.names, (std::vector<std::string>{"gw.example", "*.plant-3.example", "10.1.2.3",
                                                  "fd00:0000:0000:0000:0000:0000:0000:0001"}));
  EXPECT_EQ(info.days_left(info.not_before), 90);
  EXPECT_EQ(info.days_left(info.not_after - 1ms), 0);
  EXPECT_EQ(info.days_left(info.not_after + 1ms), -1);
}

TEST(ServerIdentity, keeps_the_whole_chain) {
  const TestPki pki;
  TestPki::write(pki.path("chain.pem"), {pki.server(), pki.ca()});
  const auto identity = ServerIdentity::load(pki.path("chain.pem"), pki.key_file());
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_EQ(identity->chain().size(), 2U);
}

TEST(ServerIdentity, errors_name_the_file_and_the_cause) {
  const TestPki pki;
  const TestPki other;
  TestPki::write(pki.path("backwards.pem"), {pki.server(), pki.ca(), pki.server()});
  TestPki::write_key(pki.path("locked.key"), pki.server(), "secret");
  write_text(pki.path("text.pem"), "hello\n");
  write_text(pki.path("cut.pem"), "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  struct Row {
    std::string certificate, key;
    Errc code;
    std::string says;
  };
  const Row rows[] = {
      {pki.path("none.pem"), pki.key_file(), Errc::not_found, "none.pem: No such file"},
      {pki.certificate_file(), pki.path("none.key"), Errc::not_found, "none.key: No such file"},
      {pki.path("text.pem"), pki.key_file(), Errc::malformed, "text.pem: no PEM certificate"},
      {pki.path("cut.pem"), pki.key_file(), Errc::malformed, "cut.pem: no PEM certificate"},
      {pki.path("backwards.pem"), pki.key_file(), Errc::malformed,
       "certificate 3 did not issue certificate 2"},
      {pki.certificate_file(), pki.path("text.pem"), Errc::malformed, "text.pem: no PEM private key"},
      {pki.certificate_file(), pki.path("locked.key"), Errc::malformed, "locked.key: the key is encrypted"},
      {pki.certificate_file(), other.key_file(), Errc::conflict, "not the key of the first certificate in"},
  };
  for (const Row& row : rows) {
    const auto identity = ServerIdentity::load(row.certificate, row.key);
    ASSERT_FALSE(identity) << row.says;
    EXPECT_EQ(identity.error().code, row.code) << identity.error().detail;
    EXPECT_NE(identity.error().detail.find(row.says), std::string::npos) << identity.error().detail;
  }
}

TEST(ServerIdentity, wants_each_certificate_signed_by_the_next) {
  const TestPki pki;
  const TestPki namesake;  // a CA of the same name with another key
  TestPki::write(pki.path("forged.pem"), {pki.server(), namesake.ca()});
  const auto identity = ServerIdentity::load(pki.path("forged.pem"), pki.key_file());
  ASSERT_FALSE(identity);
  EXPECT_NE(identity.error().detail.find("did not issue certificate 1"), std::string::npos);
}

TEST(ServerIdentity, ends_with_the_first_of_its_chain_to_end) {
  const TestPki pki;
  const auto ca = make_test_certificate("short ca", "", nullptr, 20);
  const auto server = make_test_certificate("gw", "DNS:gw.example", &ca, 90);
  TestPki::write(pki.path("chain.pem"), {server, ca});
  TestPki::write_key(pki.path("chain.key"), server);
  const auto identity = ServerIdentity::load(pki.path("chain.pem"), pki.path("chain.key"));
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_EQ(identity->info().days_left(identity->info().not_before), 20);
}

TEST(ServerIdentity, says_why_leaves_would_not_take_it) {
  const TestPki pki;
  const auto of_client = make_test_certificate("gw", "DNS:gw.example", &pki.ca(), 90, nullptr, "clientAuth");
  TestPki::write(pki.path("client.pem"), {of_client});
  TestPki::write_key(pki.path("client.key"), of_client);
  const auto wrong = ServerIdentity::load(pki.path("client.pem"), pki.path("client.key"));
  ASSERT_TRUE(wrong);
  EXPECT_NE(wrong->check(std::nullopt).error().detail.find("client.pem (CN=gw): not made for TLS servers"),
            std::string::npos);
  const auto good = ServerIdentity::load(pki.certificate_file(), pki.key_file());
  const CertificateInfo& info = good->info();
  EXPECT_TRUE(good->check(std::nullopt));
  EXPECT_TRUE(good->check(info.not_before));
  EXPECT_NE(good->check(info.not_before - 1s).error().detail.find("not valid before 20"), std::string::npos);
  EXPECT_NE(good->check(info.not_after).error().detail.find("ended at 20"), std::string::npos);
}

TEST(ServerIdentity, knows_itself_again) {
  const TestPki pki;
  const TestPki other;
  const auto one = ServerIdentity::load(pki.certificate_file(), pki.key_file());
  EXPECT_TRUE(one->same_as(*ServerIdentity::load(pki.certificate_file(), pki.key_file())));
  EXPECT_FALSE(one->same_as(*ServerIdentity::load(other.certificate_file(), other.key_file())));
  TestPki::write(pki.path("chain.pem"), {pki.server(), pki.ca()});
  EXPECT_FALSE(one->same_as(*ServerIdentity::load(pki.path("chain.pem"), pki.key_file())));
}

TEST(CertificateInfo, ends_soon_within_thirty_days_or_a_tenth_of_its_life) {
  CertificateInfo info;
  info.not_before = WallTime(std::chrono::days(10'000));
  info.not_after = info.not_before + std::chrono::days(825);
  EXPECT_FALSE(info.ends_soon(info.not_after - std::chrono::days(30)));
  EXPECT_TRUE(info.ends_soon(info.not_after - std::chrono::days(30) + 1s));
  info.not_after = info.not_before + std::chrono::days(90);
  EXPECT_FALSE(info.ends_soon(info.not_after - std::chrono::days(9)));
  EXPECT_TRUE(info.ends_soon(info.not_after - std::chrono::days(9) + 1s));
  EXPECT_TRUE(info.ends_soon(info.not_after + std::chrono::days(9)));
}

TEST(TlsContext, refuses_a_key_that_is_too_weak) {
  const TestPki pki;
  const auto weak = make_test_certificate("weak", "DNS:gw.example", &pki.ca(), 90, EVP_RSA_gen(1024U));
  TestPki::write(pki.path("weak.pem"), {weak});
  TestPki::write_key(pki.path("weak.key"), weak);
  const auto identity = ServerIdentity::load(pki.path("weak.pem"), pki.path("weak.key"));
  ASSERT_TRUE(identity);
  const auto context = TlsContext::server(*identity, nullptr);
  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().code, Errc::unsupported);
}

TEST(TlsContext, a_client_needs_certificates_to_trust) {
  const TestPki pki;
  EXPECT_TRUE(TlsContext::client(pki.ca_file()));
  EXPECT_TRUE(TlsContext::client(""));
  const auto missing = TlsContext::client(pki.path("none.pem"));
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().detail.find("none.pem"), std::string::npos);
}

TEST(TicketKeys, rotate_every_twelve_hours_and_keep_two_older) {
  std::chrono::nanoseconds now = 100h;
  TicketKeys keys([&now] { return now; });
  const auto first = keys.current();
  now += 12h - 1s;
  EXPECT_EQ(keys.current().name, first.name);
  now += 1s;
  EXPECT_NE(keys.current().name, first.name);
  ASSERT_TRUE(keys.find(first.name));
  EXPECT_FALSE(keys.find(first.name)->newest);
  EXPECT_EQ(keys.find(first.name)->key.cipher, first.cipher);
  now += 12h;
  EXPECT_TRUE(keys.find(first.name)) << "the second older one";
  now += 12h;
  EXPECT_FALSE(keys.find(first.name));
}

TEST(TicketKeys, old_ones_go_by_age_when_nobody_connects) {
  std::chrono::nanoseconds now = 100h;
  TicketKeys keys([&now] { return now; });
  const auto first = keys.current();
  now += 48h;
  EXPECT_FALSE(keys.find(first.name));
}

}  // namespace
}  // namespace leafgate::crypto::server_identity_test
