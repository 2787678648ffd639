#include "adapters/selftest/service_visitor.hpp"

#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"

namespace leafgate::selftest::service_visitor_test {
namespace {

TEST(ServiceLook, a_credential_that_was_lost_is_not_one_that_nobody_configured) {
  Simulator sim(1);
  net::Connector connector(sim.executor(), nullptr);
  ServiceLook::Options options;
  ServiceLook of_none(sim.executor(), connector, nullptr, options);
  EXPECT_EQ(sim.run(of_none.try_api()).error().code, Errc::not_found);
  options.no_api = Error(Errc::malformed, "/api is empty");
  ServiceLook of_lost(sim.executor(), connector, nullptr, options);
  EXPECT_EQ(sim.run(of_lost.try_api()).error().detail, "/api is empty");
}

}  // namespace
}  // namespace leafgate::selftest::service_visitor_test
