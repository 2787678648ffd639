#include "gateway/flows/pending_requests.hpp"

#include <gtest/gtest.h>

namespace leafgate::pending_requests_test {
namespace {

using std::chrono::seconds;

Attempt attempt(const std::string& id, const std::string& token, std::string payload = {},
                const std::string& address = "192.0.2.7") {
  Attempt a(IdScope::parse("0ne00ABCDEF").value(), RegistrationId::parse(id).value());
  a.evidence = SasEvidence{token};
  a.request.payload = std::move(payload);
  a.source.address = address;
  return a;
}

bool nothing_is_good(const Attempt&) { return false; }

std::string asked(const PendingRequests& pending, const Attempt& poll) {
  const Attempt* kept = pending.find(poll, nothing_is_good);
  return kept == nullptr ? "nothing" : kept->request.payload;
}

TEST(PendingRequests, CountOnlyWithTheTokenTheyCameWith) {
  PendingRequests pending;
  const TimePoint now{};
  ASSERT_TRUE(pending.keep(attempt("leaf-1", "true", "asked for"), true, now));
  ASSERT_TRUE(pending.keep(attempt("leaf-1", "false", "a lie"), true, now));
  EXPECT_EQ(asked(pending, attempt("LEAF-1", "true")), "asked for");
  EXPECT_EQ(asked(pending, attempt("leaf-1", "another")), "nothing");
  EXPECT_EQ(asked(pending, attempt("leaf-1", "true", {}, "192.0.2.8")), "nothing");
  const auto by_true = [](const Attempt& kept) {
    return std::get<SasEvidence>(kept.evidence).token == "true";
  };
  const Attempt* kept = pending.find(attempt("leaf-1", "signed anew"), by_true);
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->request.payload, "asked for");
}

TEST(PendingRequests, TheNewestOfATokenCounts) {
  PendingRequests pending;
  ASSERT_TRUE(pending.keep(attempt("leaf-1", "t", "1"), true, TimePoint{}));
  ASSERT_TRUE(pending.keep(attempt("leaf-1", "t", "2"), false, TimePoint{}));
  EXPECT_EQ(asked(pending, attempt("leaf-1", "t")), "2");
  EXPECT_TRUE(pending.lived(attempt("leaf-1", "t"))) << "it did once";
  EXPECT_EQ(pending.size(), 1U);
  pending.forget(attempt("leaf-1", "t"));
  EXPECT_EQ(pending.size(), 0U);
  EXPECT_EQ(pending.octets(), 0U);
  EXPECT_FALSE(pending.lived(attempt("leaf-1", "t")));
}

TEST(PendingRequests, ASourceFillsItsOwnShareOnly) {
  PendingRequests::Limits limits;
  limits.per_source = 3;
  PendingRequests pending(limits);
  TimePoint now{};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pending.keep(attempt("x-" + std::to_string(i), "t"), true, now));
  EXPECT_FALSE(pending.keep(attempt("x-9", "t"), true, now));
  EXPECT_TRUE(pending.keep(attempt("x-9", "t", {}, "192.0.2.8"), true, now));
  now += seconds(50);
  pending.heard(attempt("x-1", "t"), now);
  now += seconds(20);
  EXPECT_TRUE(pending.keep(attempt("x-9", "t"), true, now)) << "the others are gone";
  EXPECT_EQ(asked(pending, attempt("x-1", "t")), "");
  EXPECT_EQ(asked(pending, attempt("x-0", "t")), "nothing");
}

TEST(PendingRequests, BigOnesAreCountedByTheirSize) {
  PendingRequests::Limits limits;
  limits.octets_per_source = 10'000;
  limits.octets = 15'000;
  PendingRequests pending(limits);
  const TimePoint now{};
  const std::string big(7'000, 'x');
  EXPECT_TRUE(pending.keep(attempt("a", "t", big), true, now));
  EXPECT_FALSE(pending.keep(attempt("b", "t", big), true, now));
  EXPECT_FALSE(pending.keep(attempt("c", "t", std::string(20'000, 'x'), "192.0.2.9"), true, now));
  EXPECT_TRUE(pending.keep(attempt("b", "t"), true, now));
  EXPECT_FALSE(pending.keep(attempt("b", "t", big, "192.0.2.8"), true, now)) << "of all together";
}

TEST(PendingRequests, WhoGuessesAtOneLeafPushesOutTheQuietestOnly) {
  PendingRequests pending;
  TimePoint now{};
  ASSERT_TRUE(pending.keep(attempt("leaf-1", "true", "asked for"), true, now));
  for (int i = 0; i < 20; ++i) {
    now += seconds(3);
    pending.heard(attempt("leaf-1", "true"), now);
    for (int k = 0; k < 3; ++k)
      ASSERT_TRUE(pending.keep(attempt("leaf-1", "guess " + std::to_string(i * 3 + k)), true, now));
  }
  EXPECT_EQ(asked(pending, attempt("leaf-1", "true")), "asked for");
  EXPECT_EQ(pending.size(), 4U);
}

TEST(PendingRequests, AFullHouseIsSearchedForThoseThatWentOnceASecondAtMost) {
  PendingRequests::Limits limits;
  limits.requests = 2;
  PendingRequests pending(limits);
  const TimePoint start{};
  const auto after = [start](int milliseconds) { return start + std::chrono::milliseconds(milliseconds); };
  ASSERT_TRUE(pending.keep(attempt("leaf-1", "t"), true, start));
  ASSERT_TRUE(pending.keep(attempt("leaf-2", "t"), true, after(500)));
  ASSERT_TRUE(pending.keep(attempt("leaf-3", "t"), true, after(60'200))) << "leaf-1 is gone";
  EXPECT_FALSE(pending.keep(attempt("leaf-4", "t"), true, after(60'700)));
  EXPECT_TRUE(pending.keep(attempt("leaf-4", "t"), true, after(61'200))) << "so is leaf-2";
}

}  // namespace
}  // namespace leafgate::pending_requests_test
