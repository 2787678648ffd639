#include "gateway/flows/derivation_steps.hpp"

#include <gtest/gtest.h>

#include "gateway/flows/source_turns.hpp"
#include "tests/fakes/fake_trust.hpp"

namespace leafgate::derivation_steps_test {
namespace {

SealedKey in_tpm(const FakeTrust&, const std::string& name) { return SealedKey{"in the TPM|" + name}; }

Enrollment group(const std::string& id, std::vector<std::string> match, FakeTrust& trust,
                 bool secondary = false) {
  Enrollment e;
  e.kind = EnrollmentKind::group;
  e.id = id;
  e.mechanism = Mechanism::symmetric_key;
  e.match = std::move(match);
  e.primary_key = in_tpm(trust, id + "/1");
  if (secondary) e.secondary_key = in_tpm(trust, id + "/2");
  return e;
}

std::vector<std::string> told(const std::vector<DerivationStep>& steps) {
  std::vector<std::string> out;
  for (const DerivationStep& step : steps)
    out.push_back(step.group_key.blob.substr(step.group_key.blob.find('|') + 1) + " " + step.text);
  return out;
}

TEST(DerivationSteps, TheLikeliestFirst) {
  FakeTrust trust;
  const std::vector<Enrollment> groups = {group("any", {}, trust), group("pumps", {"pump-*"}, trust, true),
                                          group("valves", {"valve-*"}, trust)};
  const auto id = RegistrationId::parse("Pump-1").value();
  const std::vector<std::string> want = {"pumps/1 Pump-1", "any/1 Pump-1",   "pumps/1 pump-1",
                                         "any/1 pump-1",   "pumps/2 Pump-1", "pumps/2 pump-1"};
  EXPECT_EQ(told(derivation_steps(groups, id, trust)), want);
  EXPECT_EQ(derivation_steps(groups[1], id, trust).front().enrollment, "group pumps");
  EXPECT_EQ(told(derivation_steps(groups, RegistrationId::parse("fan-1").value(), trust)),
            std::vector<std::string>{"any/1 fan-1"});
}

TEST(DerivationSteps, KeysInSoftwareAndX509TakeNone) {
  FakeTrust trust;
  Enrollment soft = group("soft", {}, trust);
  soft.primary_key = trust.seal(crypto::Secret(as_bytes("key")), "group soft").value();
  Enrollment x509 = group("x509", {}, trust);
  x509.mechanism = Mechanism::x509;
  EXPECT_TRUE(derivation_steps({soft, x509}, RegistrationId::parse("leaf-1").value(), trust).empty());
}

TEST(DerivationSteps, FourGroupsWithoutMatchAndNoMore) {
  FakeTrust trust;
  std::vector<Enrollment> groups;
  for (int i = 0; i < 9; ++i) groups.push_back(group("any-" + std::to_string(i), {}, trust));
  for (int i = 0; i < 9; ++i) groups.push_back(group("line-" + std::to_string(i), {"leaf-*"}, trust));
  EXPECT_EQ(derivation_steps(groups, RegistrationId::parse("leaf-1").value(), trust).size(), 9U + 4U);
}

class SourceTurnsTest : public testing::Test {
 protected:
  SourceTurns<std::string> turns;
  std::string doubted = "none";
  void add(const std::string& source, const std::string& what) {
    turns.add(source, std::make_shared<std::string>(what));
  }
  std::string take() {
    const auto entry = turns.next([this](const std::string& source) { return source == doubted; });
    if (!entry) return {};
    EXPECT_TRUE(turns.remove(entry->substr(0, 1), entry));
    return *entry;
  }
  std::string take_all() {
    std::string all;
    for (std::string one = take(); !one.empty(); one = take()) all += one + " ";
    return all;
  }
};

TEST_F(SourceTurnsTest, SourcesTakeTurnsHoweverMuchOneBrings) {
  for (const char* what : {"a1", "a2", "a3", "a4"}) add("a", what);
  for (const char* what : {"b1", "b2"}) add("b", what);
  add("c", "c1");
  EXPECT_EQ(turns.size(), 7U);
  EXPECT_EQ(turns.count("a"), 4U);
  EXPECT_EQ(take_all(), "a1 b1 c1 a2 b2 a3 a4 ");
  EXPECT_EQ(turns.size(), 0U);
}

TEST_F(SourceTurnsTest, EveryOtherTurnIsForThoseThatNothingIsHeldAgainst) {
  doubted = "a";
  for (const char* what : {"a1", "a2", "a3"}) add("a", what);
  for (const char* what : {"b1", "b2"}) add("b", what);
  for (const char* what : {"c1"}) add("c", what);
  EXPECT_EQ(take_all(), "b1 a1 c1 a2 b2 a3 ");
}

TEST_F(SourceTurnsTest, OneStaysAtItsPlaceUntilItIsRemoved) {
  add("a", "a1");
  add("a", "a2");
  const auto first = turns.next([](const std::string&) { return false; });
  EXPECT_EQ(turns.next([](const std::string&) { return false; }), first);
  EXPECT_TRUE(turns.remove("a", first));
  EXPECT_FALSE(turns.remove("a", first));
  EXPECT_EQ(*turns.find([](const std::string& what) { return what == "a2"; }), "a2");
  EXPECT_EQ(turns.find("b", [](const std::string&) { return true; }), nullptr);
}

}  // namespace
}  // namespace leafgate::derivation_steps_test
