#include "gateway/attestation/x509_path.hpp"

#include <gtest/gtest.h>

#include "tests/unit/attestation/certificate_leaf.hpp"

namespace leafgate::x509_path_test {
namespace {

using Maker = CertificateMaker;

class X509Path : public ::testing::Test {
 protected:
  const TestCertificate root_ = Maker("Root CA").ca().make();
  const TestCertificate site_ = Maker("Site CA").ca().by(root_).make();
  const TestCertificate line_ = Maker("Line CA").ca(0).by(site_).make();

  static Maker leaf(const TestCertificate& by) { return Maker("pump-07").by(by); }
  static PathVerdict judge(const std::vector<TestCertificate>& presented,
                           const std::vector<EnrolledAuthority>& trusted, WallReading now = on_day(0)) {
    return judge_path(chain_of(presented), id_of("Pump-07"), trusted, now);
  }
};

TEST_F(X509Path, good_chains_are_accepted) {
  const auto rsa_ca = Maker("RSA CA").ca().key(EVP_RSA_gen(2048U)).make();
  const auto old_root = Maker("Old CA").ca().digest(EVP_sha1()).make();
  const auto client = leaf(site_).with("extendedKeyUsage", "serverAuth,clientAuth").make();
  struct Row {
    const char* name;
    std::vector<TestCertificate> presented;
    EnrolledAuthority trusted;
  };
  const Row rows[] = {
      {"the leaf alone, its CA held", {leaf(site_).make()}, authority(site_)},
      {"its CA held and presented", {leaf(site_).make(), site_}, authority(site_)},
      {"its CA presented and known by thumbprint", {leaf(site_).make(), site_}, authority(site_, false)},
      {"with an intermediate", {leaf(line_).make(), line_}, authority(site_)},
      {"with an intermediate and the root", {leaf(line_).make(), line_, site_, root_}, authority(root_)},
      {"the root not presented", {leaf(line_).make(), line_, site_}, authority(root_)},
      {"something after the CA that decides", {leaf(site_).make(), site_, line_}, authority(site_)},
      {"CN in capitals", {Maker("PUMP-07").by(site_).make()}, authority(site_)},
      {"P-384", {leaf(site_).key(EVP_EC_gen("P-384")).make()}, authority(site_)},
      {"P-521 over SHA-512",
       {leaf(site_).key(EVP_EC_gen("P-521")).digest(EVP_sha512()).make()},
       authority(site_)},
      {"RSA", {leaf(rsa_ca).key(EVP_RSA_gen(2048U)).make()}, authority(rsa_ca)},
      {"a CA pinned by thumbprint, itself signed over SHA-1", {leaf(old_root).make()}, authority(old_root)},
      {"extended key usage of a client", {client}, authority(site_)},
      {"a leaf of version 1", {leaf(site_).bare().make()}, authority(site_)},
  };
  for (const Row& row : rows) {
    const auto verdict = judge(row.presented, {row.trusted});
    EXPECT_EQ(verdict.proof, Proof::good) << row.name << ": " << verdict.detail;
    EXPECT_EQ(verdict.authority, 0U) << row.name;
    EXPECT_EQ(verdict.credential, as_certificate(row.presented.front()).sha256()) << row.name;
  }
}

TEST_F(X509Path, the_authority_nearest_to_the_leaf_decides) {
  const std::vector<EnrolledAuthority> all{authority(root_, true, 0), authority(site_, true, 1),
                                           authority(line_, true, 2)};
  EXPECT_EQ(judge({leaf(line_).make()}, all).authority, 2U);
  EXPECT_EQ(judge({leaf(line_).make(), line_, site_, root_}, all).authority, 2U);
  EXPECT_EQ(judge({leaf(site_).make(), site_, root_}, all).authority, 1U);
  EXPECT_EQ(judge({leaf(root_).make()}, all).authority, 0U);
}

TEST_F(X509Path, an_authority_of_the_same_name_is_told_by_its_signature) {
  const auto first = Maker("Site CA").ca().make();
  const auto second = Maker("Site CA").ca().make();
  std::vector<EnrolledAuthority> both{authority(first), authority(second)};
  both[1].secondary = true;
  EXPECT_EQ(judge({leaf(first).make()}, both).authority, 0U);
  const auto by_second = judge({leaf(second).make()}, both);
  EXPECT_EQ(by_second.authority, 1U);
  EXPECT_TRUE(by_second.secondary);
}

TEST_F(X509Path, a_CA_renewed_with_its_key_serves_old_and_new_leaves) {
  const auto old_ca = Maker("Site CA").ca().days(-400, 10).make();
  const auto new_ca = Maker("Site CA").ca().key(old_ca.key).days(-20, 400).make();
  const std::vector<EnrolledAuthority> both{authority(old_ca), authority(new_ca)};
  EXPECT_EQ(judge({leaf(old_ca).make()}, both).authority, 0U);
  EXPECT_EQ(judge({leaf(old_ca).make()}, both, on_day(30)).authority, 1U);
}

TEST_F(X509Path, a_good_path_tells_when_it_ends) {
  const auto early_line = Maker("Line CA").ca(0).by(site_).days(-9, 20).make();
  const auto old_ca = Maker("Kept CA").ca().days(-9, 30).make();
  const auto next_ca = Maker("Kept CA").ca().key(old_ca.key).days(-1, 90).make();
  const auto late_ca = Maker("Kept CA").ca().key(old_ca.key).days(31, 90).make();
  const auto namesake = Maker("Kept CA").ca().days(-1, 90).make();
  const auto day = [](int number) { return WallTime(std::chrono::floor<Seconds>(on_day(number).at)); };
  struct Row {
    const char* name;
    std::vector<TestCertificate> presented;
    std::vector<EnrolledAuthority> trusted;
    int own;
    int authority;
  };
  const Row rows[] = {
      {"its own", {leaf(site_).days(-9, 40).make()}, {authority(site_)}, 40, 180},
      {"one between", {leaf(early_line).days(-9, 40).make(), early_line}, {authority(site_)}, 20, 180},
      {"one behind the CA that decides does not count",
       {leaf(early_line).days(-9, 40).make(), early_line, site_},
       {authority(early_line)},
       40,
       20},
      {"a CA that its leaf shows", {leaf(old_ca).make(), old_ca}, {authority(old_ca, false)}, 180, 30},
      {"a renewed CA goes on", {leaf(old_ca).make()}, {authority(old_ca), authority(next_ca)}, 180, 90},
      {"whichever stands first", {leaf(old_ca).make()}, {authority(next_ca), authority(old_ca)}, 180, 90},
      {"not after a day without one",
       {leaf(old_ca).make()},
       {authority(old_ca), authority(late_ca)},
       180,
       30},
      {"not one that did not sign", {leaf(old_ca).make()}, {authority(old_ca), authority(namesake)}, 180, 30},
      {"not one of another group",
       {leaf(old_ca).make()},
       {authority(old_ca, true, 0), authority(next_ca, true, 1)},
       180,
       30},
  };
  for (const Row& row : rows) {
    const auto verdict = judge(row.presented, row.trusted);
    ASSERT_TRUE(verdict.ends) << row.name << ": " << verdict.detail;
    EXPECT_EQ(verdict.ends->own, day(row.own)) << row.name;
    EXPECT_EQ(verdict.ends->authority, day(row.authority)) << row.name;
    // After that it is not good any more for this group, and was before.
    const WallTime end = std::min(verdict.ends->own, *verdict.ends->authority);
    const auto good_for_group = [&](WallTime at) {
      const auto then = judge(row.presented, row.trusted, {at, ClockQuality::synced});
      return then.proof == Proof::good && row.trusted[*then.authority].group == 0;
    };
    EXPECT_TRUE(good_for_group(end - Seconds(1))) << row.name;
    EXPECT_FALSE(good_for_group(end + Seconds(1))) << row.name;
  }
  EXPECT_FALSE(judge({leaf(site_).days(-9, -2).make()}, {authority(site_)}).ends);
}

TEST_F(X509Path, a_renewed_certificate_is_another_credential_under_the_same_authority) {
  const auto before = judge({leaf(site_).make()}, {authority(site_)});
  const auto after = judge({leaf(site_).make()}, {authority(site_)});
  EXPECT_EQ(before.authority, after.authority);
  EXPECT_NE(before.credential, after.credential);
}

TEST_F(X509Path, dates_are_not_judged_by_an_unsynced_clock) {
  const auto expired = leaf(site_).days(-30, -1).make();
  const auto verdict = judge({expired}, {authority(site_)}, on_day(0, ClockQuality::unsynced));
  EXPECT_EQ(verdict.proof, Proof::good_by_untrusted_clock);
  EXPECT_EQ(judge({expired}, {authority(site_)}, on_day(0, ClockQuality::plausible)).proof,
            Proof::proven_false);
  const auto own = enrolled(expired);
  EXPECT_EQ(judge_enrolled_leaf(chain_of({expired}), id_of("pump-07"), own, std::nullopt,
                                on_day(0, ClockQuality::unsynced))
                .proof,
            Proof::good_by_untrusted_clock);
}

TEST_F(X509Path, an_enrolled_leaf_is_known_by_either_thumbprint_of_either_certificate) {
  const auto one = Maker("pump-07").make();
  const auto two = Maker("pump-07").ca().with("keyUsage", "digitalSignature,keyCertSign").make();
  EnrolledCertificate by_sha1 = enrolled(two);
  by_sha1.sha256.clear();
  const auto judge_leaf = [&](const TestCertificate& shown) {
    return judge_enrolled_leaf(chain_of({shown}), id_of("pump-07"), enrolled(one), by_sha1, on_day(0));
  };
  EXPECT_EQ(judge_leaf(one).proof, Proof::good);
  EXPECT_FALSE(judge_leaf(one).secondary);
  EXPECT_EQ(judge_leaf(two).proof, Proof::good);
  EXPECT_TRUE(judge_leaf(two).secondary);
  EXPECT_EQ(judge_leaf(two).credential, as_certificate(two).sha256());
}

}  // namespace
}  // namespace leafgate::x509_path_test
