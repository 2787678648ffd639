#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "gateway/crypto/pinned_context.hpp"
#include "tests/fakes/certificate_maker.hpp"

namespace leafgate::selftest::pinned_test {
namespace {

TEST(PinnedClient, judges_dates_where_these_count) {
  const std::string pem = pem_of(CertificateMaker("gw").make());
  for (const bool dates_count : {true, false}) {
    const auto context = crypto::pinned_client(pem, dates_count);
    ASSERT_TRUE(context);
    const auto flags = X509_VERIFY_PARAM_get_flags(SSL_CTX_get0_param((*context)->native()));
    EXPECT_EQ((flags & X509_V_FLAG_NO_CHECK_TIME) == 0, dates_count);
    EXPECT_NE(flags & X509_V_FLAG_PARTIAL_CHAIN, 0U);
  }
}

}  // namespace
}  // namespace leafgate::selftest::pinned_test
