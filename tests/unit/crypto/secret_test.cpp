#include "gateway/crypto/secret.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/random.hpp"

namespace leafgate::crypto::secret_test {
namespace {

TEST(Secret, IsEmptyAfterItWasMovedFrom) {
  Secret a(as_bytes("key"));
  Secret b(std::move(a));
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(as_text(b.view()), "key");
  a = std::move(b);
  EXPECT_TRUE(b.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(as_text(a.view()), "key");
}

TEST(Secret, ForgetsItsOldOctetsWhenAnotherIsMovedIn) {
  Secret a(as_bytes("a long old secret"));
  a = Secret(as_bytes("new"));
  EXPECT_EQ(as_text(a.view()), "new");
}

TEST(Secret, CopiesOnlyWhenAsked) {
  static_assert(!std::is_copy_constructible_v<Secret>);
  Secret a(as_bytes("key"));
  Secret b = a.copy();
  b.writable()[0] = 'K';
  EXPECT_EQ(as_text(a.view()), "key");
  EXPECT_EQ(as_text(b.view()), "Key");
}

TEST(SystemRandom, FillsAllAndNeverTheSame) {
  SystemRandom random;
  Bytes a((1 << 20) + 7);
  Bytes b(a.size());
  random.fill(a);
  random.fill(b);
  EXPECT_NE(a, b);
  EXPECT_NE(Bytes(a.end() - 7, a.end()), Bytes(7));
  random.fill({});
}

TEST(Guid, IsVersion4InLowerCase) {
  EXPECT_EQ(guid([](std::span<std::uint8_t> out) {
              for (auto& octet : out) octet = 0xff;
            }),
            "ffffffff-ffff-4fff-bfff-ffffffffffff");
  EXPECT_EQ(guid([](std::span<std::uint8_t> out) {
              for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(i);
            }),
            "00010203-0405-4607-8809-0a0b0c0d0e0f");
}

TEST(DrainErrors, SaysSoWhenThereIsNone) { EXPECT_EQ(drain_errors(), "no detail"); }

}  // namespace
}  // namespace leafgate::crypto::secret_test
