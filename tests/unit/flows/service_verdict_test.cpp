#include "gateway/flows/service_verdict.hpp"

#include <gtest/gtest.h>

namespace leafgate::service_verdict_test {
namespace {

using S = ServiceSays;

RegistrationId id() { return RegistrationId::parse("Leaf-1").value(); }

ServiceAnswer good() {
  ServiceAnswer a;
  a.http_status = 200;
  a.status = RegistrationStatus::assigned;
  a.registration_id = "leaf-1";
  a.assigned_hub = "hub.azure-devices.net";
  a.device_id = "leaf-1";
  return a;
}

S says(ServiceAnswer a, const std::vector<std::string>& suffixes = {}) {
  return judge_service(Result<ServiceAnswer>(std::move(a)), id(), suffixes).says;
}

ServiceAnswer http(int status) {
  ServiceAnswer a;
  a.http_status = status;
  return a;
}

TEST(ServiceVerdict, SortsHttpErrorsIntoTheThreeLanes) {
  const std::pair<int, S> rows[] = {{400, S::refused},       {401, S::unconfirmed},  {403, S::unconfirmed},
                                    {404, S::unconfirmed},   {405, S::refused},      {408, S::retry},
                                    {409, S::refused},       {412, S::refused},      {415, S::refused},
                                    {429, S::throttled},     {500, S::retry},        {503, S::retry},
                                    {301, S::gateway_fault}, {204, S::gateway_fault}};
  for (const auto& [status, expected] : rows) EXPECT_EQ(says(http(status)), expected) << status;
}

TEST(ServiceVerdict, BelievesOnlyWhatIsAboutTheLeafAskedFor) {
  EXPECT_EQ(says(good()), S::assigned);
  ServiceAnswer other = good();
  other.registration_id = "leaf-2";
  EXPECT_EQ(says(other), S::gateway_fault);
  ServiceAnswer nobody = good();
  nobody.registration_id.clear();
  EXPECT_EQ(says(nobody), S::gateway_fault);
  ServiceAnswer nameless = good();
  nameless.device_id.clear();
  EXPECT_EQ(says(nameless), S::gateway_fault);
}

TEST(ServiceVerdict, AHubIsADnsNameNeverAnAddress) {
  for (const char* name : {"hub.azure-devices.net", "a.b", "HUB-1.Example.COM"})
    EXPECT_TRUE(is_plausible_hub(name, {})) << name;
  for (const char* name :
       {"", "hub", "127.0.0.1", "10.1.2.3", "::1", "[fe80::1]", "hub.azure-devices.net:8883", "a..b", ".a.b",
        "a.b.", "-a.b", "a_b.c", "a b.c", "http://a.b", "1.2.3.0x4 ", "hub.123"})
    EXPECT_FALSE(is_plausible_hub(name, {})) << name;
  EXPECT_TRUE(is_plausible_hub("x.Azure-Devices.net", {"azure-devices.net"}));
  EXPECT_FALSE(is_plausible_hub("x.evilazure-devices.net", {"azure-devices.net"}));
  EXPECT_FALSE(is_plausible_hub(std::string(254, 'a') + ".b", {}));
}

TEST(ServiceVerdict, NetworkTroubleIsRetriedAndNonsenseIsAGatewayFault) {
  const auto verdict = [](Errc code) { return judge_service(Error(code, "x"), id(), {}); };
  for (const Errc code : {Errc::unreachable, Errc::timed_out, Errc::stopped}) {
    EXPECT_EQ(verdict(code).says, S::retry);
    EXPECT_FALSE(verdict(code).reached);
  }
  EXPECT_EQ(verdict(Errc::implausible).says, S::gateway_fault);
}

TEST(ServiceVerdict, NamesClocksThatAreTooFarApartForATokenToBeGood) {
  const WallTime ours(std::chrono::hours(500'000));
  EXPECT_EQ(clock_gap(401, ours - std::chrono::minutes(6), ours),
            "; the service's clock is 6m behind the gateway's: look at the time here");
  EXPECT_NE(clock_gap(401, ours + std::chrono::minutes(6), ours).find("6m ahead of"), std::string::npos);
  EXPECT_EQ(clock_gap(401, ours + std::chrono::minutes(5), ours), "");
  EXPECT_EQ(clock_gap(403, ours + std::chrono::hours(72), ours), "");
  EXPECT_EQ(clock_gap(401, std::nullopt, ours), "");
}

TEST(ServiceVerdict, NamesWhatOnTheWayIsAtFault) {
  const std::pair<Errc, Reason> rows[] = {
      {Errc::unreachable, Reason::service_unreachable},
      {Errc::untrusted, Reason::service_certificate_untrusted},
      {Errc::proxy_failed, Reason::proxy_failed},
      {Errc::own_address, Reason::service_resolves_to_self},
      {Errc::too_large, Reason::service_answer_implausible},
  };
  for (const auto& [code, reason] : rows) {
    const ServiceVerdict verdict = judge_service(Error(code, "x"), id(), {});
    EXPECT_EQ(verdict.reason, reason) << to_text(code);
    EXPECT_FALSE(verdict.reached);
    EXPECT_EQ(verdict.says == S::retry, reason == Reason::service_unreachable);
  }
}

}  // namespace
}  // namespace leafgate::service_verdict_test
