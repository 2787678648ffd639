#include "gateway/app/kept_certificates.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/descriptors_used_up.hpp"
#include "tests/fakes/temporary_folder.hpp"

namespace leafgate::kept_certificates_test {
namespace {

const CertificatePair pair{"", "/etc/gw.pem", "/etc/gw.key"};
const CertificatePair other{"", "/etc/gw.pem", "/etc/gw2.key"};

struct KeptCertificatesTest : testing::Test {
  TemporaryFolder folder;
  KeptCertificates kept{folder.path()};

  LastShown last() {
    const auto found = kept.last_of("");
    if (!found || !*found) return {};
    return **found;
  }
};

TEST_F(KeptCertificatesTest, tell_what_was_kept) {
  const auto none = kept.last_of("");
  EXPECT_TRUE(none && !*none);
  EXPECT_TRUE(kept.note_named(other)) << "beside nothing";
  ASSERT_TRUE(kept.keep(pair, "the chain\n"));
  EXPECT_EQ(last().from, pair);
  EXPECT_EQ(last().named_since, std::nullopt);
  EXPECT_FALSE(last().is_of(other));
  ASSERT_TRUE(kept.note_named(other));
  EXPECT_EQ(last().from, pair);
  EXPECT_TRUE(last().is_of(pair));
  EXPECT_TRUE(last().is_of(other));
  EXPECT_EQ(last().pem, "the chain\n");
  ASSERT_TRUE(kept.keep(pair, "the chain\n"));
  EXPECT_FALSE(last().is_of(other));
}

TEST_F(KeptCertificatesTest, are_kept_by_name) {
  const CertificatePair extra{"extra.example", "/etc/extra.pem", "/etc/extra.key"};
  ASSERT_TRUE(kept.keep(pair, "the chain\n"));
  ASSERT_TRUE(kept.keep(extra, "another\n"));
  EXPECT_EQ(last().pem, "the chain\n");
  const auto found = kept.last_of("extra.example");
  ASSERT_TRUE(found && *found);
  EXPECT_TRUE((*found)->is_of(extra));
}

// Two are needed to sync it: the file's and its folder's.
TEST_F(KeptCertificatesTest, are_not_called_kept_before_they_are_on_the_disk) {
  {
    const DescriptorsUsedUp used_up(1);
    EXPECT_FALSE(kept.keep(pair, "the chain\n"));
    EXPECT_EQ(last().pem, "the chain\n") << "it has its name";
    EXPECT_FALSE(kept.keep(pair, "the chain\n"));
  }
  EXPECT_TRUE(kept.keep(pair, "the chain\n"));
}

}  // namespace
}  // namespace leafgate::kept_certificates_test
