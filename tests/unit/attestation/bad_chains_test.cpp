// Chains none of which may be accepted for "pump-07" of a group whose CA is "Site CA" under "Root CA".
#include <gtest/gtest.h>

#include "tests/unit/attestation/certificate_leaf.hpp"

namespace leafgate::bad_chains_test {
namespace {

using Maker = CertificateMaker;
using Presented = std::vector<TestCertificate>;

struct Row {
  const char* name;
  Presented presented;
  Reason reason;
};

class BadChains : public ::testing::Test {
 protected:
  const TestCertificate root_ = Maker("Root CA").ca().make();
  const TestCertificate site_ = Maker("Site CA").ca().by(root_).make();
  const TestCertificate other_root_ = Maker("Other Root").ca().make();
  const TestCertificate line_ = Maker("Line CA").ca().by(site_).make();
  std::vector<EnrolledAuthority> trusted_{authority(site_)};

  static Maker leaf(const TestCertificate& by) { return Maker("pump-07").by(by); }

  void none_is_accepted(const std::vector<Row>& rows, WallReading now = on_day(0)) {
    for (const Row& row : rows) {
      const auto verdict = judge_path(chain_of(row.presented), id_of("pump-07"), trusted_, now);
      EXPECT_TRUE(verdict.proof == Proof::proven_false || verdict.proof == Proof::not_checkable) << row.name;
      EXPECT_EQ(code(verdict.reason), code(row.reason)) << row.name << ": " << verdict.detail;
      EXPECT_EQ(verdict.credential, "") << row.name;
    }
  }
};

TEST_F(BadChains, of_the_wrong_signer) {
  const auto namesake = Maker("Site CA").ca().by(root_).make();
  const auto self_signed = Maker("pump-07").make();
  const auto neighbour = Maker("pump-08").by(site_).make();
  const auto cross = Maker("Site CA").ca().by(other_root_).make();
  constexpr Reason unknown = Reason::leaf_certificate_chain_unknown;
  none_is_accepted({
      {"signed by another root", {leaf(other_root_).make()}, unknown},
      {"signed by another root, which is presented", {leaf(other_root_).make(), other_root_}, unknown},
      {"signed by a CA with the name of ours", {leaf(namesake).make()}, unknown},
      {"the same, and that CA is presented", {leaf(namesake).make(), namesake}, unknown},
      {"names ours, signed with another key", {leaf(site_).signed_with(other_root_).make()}, unknown},
      {"the same, and ours is presented", {leaf(site_).signed_with(other_root_).make(), site_}, unknown},
      {"self-signed", {self_signed}, unknown},
      {"self-signed, ours is presented", {self_signed, site_}, unknown},
      {"self-signed with the name of the CA",
       {Maker("Site CA").make()},
       Reason::leaf_certificate_for_another_id},
      {"a CA of our name under another root", {leaf(cross).make(), cross, other_root_}, unknown},
      {"signed by the root above ours, which is not enrolled", {leaf(root_).make(), root_}, unknown},
      {"signed by the leaf of another device",
       {leaf(neighbour).make(), neighbour, site_},
       Reason::leaf_certificate_unacceptable},
      {"signed with its own key in the name of ours",
       {leaf(site_).key(self_signed.key).signed_with(self_signed).make(), site_},
       unknown},
  });
}

TEST_F(BadChains, with_a_gap_or_in_the_wrong_order) {
  const auto good = leaf(line_).make();
  const auto unrelated = Maker("Unrelated CA").ca().by(other_root_).make();
  const auto loop_key = std::shared_ptr<EVP_PKEY>(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const TestCertificate seed_a = Maker("Loop A").ca().key(loop_key).make();
  const TestCertificate loop_b = Maker("Loop B").ca().key(loop_key).by(seed_a).make();
  const TestCertificate loop_a = Maker("Loop A").ca().key(loop_key).by(loop_b).make();
  constexpr Reason unknown = Reason::leaf_certificate_chain_unknown;
  none_is_accepted({
      {"its intermediate is missing", {good}, unknown},
      {"its intermediate is missing, ours is presented", {good, site_}, unknown},
      {"another intermediate instead", {good, unrelated}, unknown},
      {"another intermediate before the right one", {good, unrelated, line_}, unknown},
      {"the right one in the second place", {good, site_, line_}, unknown},
      {"the leaf twice", {good, good, line_}, unknown},
      {"the CA in the place of the leaf", {line_, good, site_}, Reason::leaf_certificate_for_another_id},
      {"two CAs that signed each other", {leaf(loop_a).make(), loop_a, loop_b, loop_a, loop_b}, unknown},
      {"an intermediate with a forged signature",
       {good, Maker("Line CA").ca().key(line_.key).by(site_).signed_with(other_root_).make()},
       unknown},
  });
}

TEST_F(BadChains, whose_name_is_not_the_id) {
  constexpr Reason another = Reason::leaf_certificate_for_another_id;
  none_is_accepted({
      {"another CN", {Maker("pump-08").by(site_).make()}, another},
      {"a longer CN", {Maker("pump-071").by(site_).make()}, another},
      {"a CN that goes on after a NUL", {Maker(std::string("pump-07\0x", 9)).by(site_).make()}, another},
      {"a CN with a blank", {Maker("pump-07 ").by(site_).make()}, another},
      {"no CN", {leaf(site_).nameless().make()}, another},
      {"no CN but a DNS name",
       {leaf(site_).nameless().with("subjectAltName", "DNS:pump-07").make()},
       another},
      {"two CNs", {leaf(site_).also_named("pump-08").make()}, another},
      {"two CNs, ours the second", {Maker("pump-08").also_named("pump-07").by(site_).make()}, another},
  });
}

TEST_F(BadChains, out_of_their_time) {
  const auto old_line = Maker("Line CA").ca().by(site_).days(-400, -1).make();
  const auto coming_line = Maker("Line CA").ca().by(site_).days(1, 400).make();
  none_is_accepted({
      {"expired leaf", {leaf(site_).days(-30, -1).make()}, Reason::leaf_certificate_expired},
      {"leaf not yet valid", {leaf(site_).days(1, 30).make()}, Reason::leaf_certificate_not_yet_valid},
      {"dates the wrong way round",
       {leaf(site_).days(30, -30).make()},
       Reason::leaf_certificate_not_yet_valid},
      {"expired intermediate", {leaf(old_line).make(), old_line}, Reason::leaf_certificate_expired},
      {"intermediate not yet valid",
       {leaf(coming_line).make(), coming_line},
       Reason::leaf_certificate_not_yet_valid},
  });
  none_is_accepted(
      {{"expired CA of the group", {leaf(site_).days(-1, 900).make()}, Reason::leaf_certificate_expired}},
      on_day(200));
}

TEST_F(BadChains, whose_issuers_may_not_issue) {
  const auto no_ca = Maker("Line CA").by(site_).make();
  const auto version_1 = Maker("Line CA").by(site_).bare().make();
  const auto no_sign = Maker("Line CA").ca().with("keyUsage", "critical,cRLSign").by(site_).make();
  const auto server_only = Maker("Line CA").ca().with("extendedKeyUsage", "serverAuth").by(site_).make();
  const auto short_site = Maker("Short CA").ca(0).make();
  const auto too_deep = Maker("Line CA").ca().by(short_site).make();
  const auto narrow =
      Maker("Narrow CA").ca().with("nameConstraints", "critical,permitted;DNS:plant.example").make();
  trusted_.push_back(authority(short_site));
  trusted_.push_back(authority(narrow));
  constexpr Reason bad = Reason::leaf_certificate_unacceptable;
  none_is_accepted({
      {"CA flag missing", {leaf(no_ca).make(), no_ca}, bad},
      {"an intermediate of version 1", {leaf(version_1).make(), version_1}, bad},
      {"without keyCertSign", {leaf(no_sign).make(), no_sign}, Reason::leaf_certificate_chain_unknown},
      {"a CA for servers only", {leaf(server_only).make(), server_only}, bad},
      {"more CAs below than its pathlen", {leaf(too_deep).make(), too_deep}, bad},
      {"outside its name constraints", {leaf(narrow).with("subjectAltName", "DNS:evil.example").make()}, bad},
  });
}

TEST_F(BadChains, made_of_what_is_too_weak_or_not_understood) {
  const auto weak_line = Maker("Line CA").ca().key(EVP_RSA_gen(1024U)).by(site_).make();
  const auto old_digest = Maker("Line CA").ca().digest(EVP_sha1()).by(site_).make();
  const auto rsa_site = Maker("RSA CA").ca().key(EVP_RSA_gen(2048U)).make();
  trusted_.push_back(authority(rsa_site));
  const auto strange_line = Maker("Line CA").ca().with("1.2.3.4.5", "critical,ASN1:NULL").by(site_).make();
  constexpr Reason bad = Reason::leaf_certificate_unacceptable;
  none_is_accepted({
      {"RSA 1024", {leaf(site_).key(EVP_RSA_gen(1024U)).make()}, bad},
      {"RSA 5120", {leaf(site_).key(wide_rsa_key(5120)).make()}, bad},
      {"a curve nobody asked for", {leaf(site_).key(EVP_EC_gen("secp256k1")).make()}, bad},
      {"Ed25519", {leaf(site_).key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")).make()}, bad},
      {"signed over SHA-1", {leaf(site_).digest(EVP_sha1()).make()}, bad},
      {"signed over MD5", {leaf(rsa_site).digest(EVP_md5()).make()}, bad},
      {"an intermediate of RSA 1024", {leaf(weak_line).make(), weak_line}, bad},
      {"an intermediate signed over SHA-1", {leaf(old_digest).make(), old_digest}, bad},
      {"a critical extension nobody knows",
       {leaf(site_).with("1.2.3.4.5", "critical,ASN1:NULL").make()},
       bad},
      {"the same in an intermediate", {leaf(strange_line).make(), strange_line}, bad},
      {"made for servers only", {leaf(site_).with("extendedKeyUsage", "serverAuth").make()}, bad},
      {"a key for signing certificates only", {leaf(site_).with("keyUsage", "keyCertSign").make()}, bad},
      {"a leaf that is itself a CA",
       {leaf(site_).ca().with("keyUsage", "digitalSignature,keyCertSign").make()},
       bad},
  });
}

TEST_F(BadChains, where_nobody_is_enrolled) {
  trusted_.clear();
  none_is_accepted({{"whole and good, but not enrolled",
                     {leaf(site_).make(), site_, root_},
                     Reason::leaf_certificate_chain_unknown}});
}

// The individual enrollment of "pump-07" holds one certificate.
TEST_F(BadChains, are_not_the_enrolled_certificate) {
  const auto key = std::shared_ptr<EVP_PKEY>(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const auto own = enrolled(Maker("pump-07").key(key).make());
  const auto expired = Maker("pump-07").days(-20, -1).make();
  const auto wrong_name = Maker("pump-08").make();
  const auto judge = [](const TestCertificate& shown, const EnrolledCertificate& held) {
    return judge_enrolled_leaf(chain_of({shown}), id_of("pump-07"), held, std::nullopt, on_day(0)).reason;
  };
  EXPECT_EQ(judge(Maker("pump-07").make(), own), Reason::leaf_certificate_not_enrolled);
  EXPECT_EQ(judge(Maker("pump-07").key(key).make(), own), Reason::leaf_certificate_not_enrolled);
  EXPECT_EQ(judge(leaf(site_).make(), own), Reason::leaf_certificate_not_enrolled);
  EXPECT_EQ(judge(expired, enrolled(expired)), Reason::leaf_certificate_expired);
  EXPECT_EQ(judge(wrong_name, enrolled(wrong_name)), Reason::leaf_certificate_for_another_id);
  EXPECT_EQ(judge(expired, EnrolledCertificate{}), Reason::leaf_certificate_not_enrolled);
}

}  // namespace
}  // namespace leafgate::bad_chains_test
