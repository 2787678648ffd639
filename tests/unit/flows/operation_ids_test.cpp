#include "gateway/flows/operation_ids.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_trust.hpp"
#include "tests/fakes/seeded_random.hpp"

namespace leafgate::operation_ids_test {
namespace {

// A leaf that was told 202 while the store's key was locked, or before `tpm setup`, polls by what it was
// given, and no SDK registers anew when a poll knows nothing.
TEST(OperationIds, AreKnownAgainAfterTheStoresSecretHasChanged) {
  FakeTrust trust;
  SeededRandom random;
  OperationIds ids(trust, random);
  const OperationId waiting = ids.of_unwritten("leaf-1");
  const OperationId cached = ids.of_cached("leaf-1", "etag");
  trust.change_store_secret("another one");
  EXPECT_NE(ids.of_unwritten("leaf-1"), waiting);
  EXPECT_TRUE(ids.is_unwritten("leaf-1", waiting));
  EXPECT_TRUE(ids.is_cached("leaf-1", cached));
  EXPECT_FALSE(ids.is_cached("leaf-1", waiting));
  EXPECT_FALSE(ids.is_unwritten("leaf-2", waiting));
}

}  // namespace
}  // namespace leafgate::operation_ids_test
