#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/ports/line_operator.hpp"
#include "gateway/ports/operator.hpp"
#include "gateway/ports/self_test.hpp"
#include "gateway/ports/tpm_operator.hpp"

// What the self test makes of what it saw: one finding for each thing, with what to do. Pure.
namespace leafgate::self_findings {

[[nodiscard]] Finding of_configuration(const std::vector<std::string>& mistakes);
// `timed`: by a clock that may be right; else no date is judged.
[[nodiscard]] Finding of_certificate(const ShownCertificate& certificate, bool timed = true);
[[nodiscard]] Finding of_broker_certificate(const ShownCertificate& certificate, bool timed = true);
[[nodiscard]] Finding of_no_certificate();
[[nodiscard]] Finding of_clock(const std::string& quality);
[[nodiscard]] Finding of_secrets(const std::string& protection, const TpmReport* tpm);
[[nodiscard]] Finding of_tpm(const TpmReport& tpm);
[[nodiscard]] Finding of_disk(const Result<DiskFacts>& disk);
// The name, the way and what answers there: three findings, or the one that ended it.
[[nodiscard]] std::vector<Finding> of_service(const std::string& address, const Result<ServiceVisit>& visit,
                                              bool timed = true);
[[nodiscard]] Finding of_service_api(const Result<void>& tried);
[[nodiscard]] Finding of_listener(const VisitedListener& where, const Result<ListenerVisit>& visit);
// What listens at an address that no interface has: "mqtt 192.0.2.77:8883".
[[nodiscard]] Finding of_address_not_here(const std::string& listening);
[[nodiscard]] std::vector<Finding> of_lines(const LineReport& report);
// What is degraded and has no finding of its own above.
[[nodiscard]] std::vector<Finding> of_degraded(const std::vector<DegradedMode>& modes);

// Whom to visit at "mqtt 0.0.0.0:8883" and its like: one for MQTT, two for HTTPS (which carries MQTT too),
// none for what only passes through. With the certificate that is shown to whoever asks for no other.
[[nodiscard]] std::vector<VisitedListener> listeners_of(const std::vector<std::string>& listening,
                                                        const std::vector<ShownCertificate>& certificates);
[[nodiscard]] std::string_view to_text(VisitedListener::Wire wire);
// "::" of "https [::]:443".
[[nodiscard]] std::string address_in(const std::string& listening);

}  // namespace leafgate::self_findings
