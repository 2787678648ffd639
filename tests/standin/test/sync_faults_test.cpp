#include <gtest/gtest.h>

#include "tests/standin/faults.hpp"

namespace leafgate::standin {
namespace {

TEST(FaultsAfter, lets_so_many_by_first) {
  Faults faults;
  faults.add(
      nlohmann::json::parse(R"({"match":{"op":"service"},"after":2,"times":1,"action":{"status":500}})"));
  EXPECT_FALSE(faults.take(Faults::Op::service, ""));
  EXPECT_FALSE(faults.take(Faults::Op::registration, "x"));
  EXPECT_FALSE(faults.take(Faults::Op::service, "a"));
  EXPECT_EQ(faults.take(Faults::Op::service, "")->status, 500);
  EXPECT_FALSE(faults.take(Faults::Op::service, ""));
  EXPECT_THROW(faults.add(nlohmann::json::parse(R"({"after":-1,"action":{"status":500}})")),
               std::runtime_error);
}

}  // namespace
}  // namespace leafgate::standin
