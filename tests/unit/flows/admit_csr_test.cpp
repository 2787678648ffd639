#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate {
namespace {

TEST(AdmitCsr, goes_to_the_service_and_the_issued_chain_comes_back_also_from_cache) {
  Site site;
  site.enroll("leaf-1");
  Attempt asks = site.attempt("leaf-1", site.token("leaf-1"));
  asks.request.csr = "MIIBVjCB";
  const Answer first = site.admit(asks);
  ASSERT_EQ(first.status, 202);
  site.simulator.run_for(std::chrono::seconds(10));
  EXPECT_EQ(site.service.requests["leaf-1"].csr, "MIIBVjCB");
  const auto chain = R"("issuedCertificateChain":["TUlJQg==","TUlJQw=="])";
  EXPECT_NE(site.poll("leaf-1", *first.operation).state.find(chain), std::string::npos);
  asks.direct = true;
  EXPECT_NE(site.admit(asks).state.find(chain), std::string::npos);
  asks.request.csr = "MIIBVzCC";
  EXPECT_EQ(site.admit(asks).reason, Reason::forwarded_changed);
}

}  // namespace
}  // namespace leafgate
