#pragma once

#include <string>

#include "gateway/ports/events.hpp"
#include "gateway/ports/expectations.hpp"
#include "gateway/ports/line_operator.hpp"
#include "gateway/ports/operator.hpp"
#include "gateway/ports/outage_operator.hpp"

// The structures of the operator port as JSON text. Times are RFC 3339 and left out while unknown, durations
// are seconds; text that leaves said is only escaped as JSON wants it. A registrationState is not told whole:
// its payload is between the webhook and the leaf.
namespace leafgate::status {

// `lines` is null where there is neither a serial line nor a broker.
[[nodiscard]] std::string render(const StatusReport& report, const LineReport* lines);
// `labels`: what people call a leaf; null where nothing has a name but its id.
[[nodiscard]] std::string render(const DevicePage& page, bool service_up, const Labels* labels);
// What stands beside an explanation; null: nothing.
struct Beside {
  const LineReport* lines = nullptr;
  const LinkState* uplink = nullptr;
  const Promise* promise = nullptr;  // what it was promised while the service was away
};
[[nodiscard]] std::string render(const Explanation& explanation, const Beside& beside, const Labels* labels);
// `pin`: of the leaf-link key; empty while that is out of reach.
[[nodiscard]] std::string render(const LineReport& report, const std::string& pin, const Labels* labels);
[[nodiscard]] std::string render(const Checkpoint& checkpoint);
[[nodiscard]] std::string render(const StrangerRow& stranger, const Labels* labels);
[[nodiscard]] std::string render(const std::vector<StrangerRow>& strangers, const Labels* labels);
[[nodiscard]] std::string render(const QueueList& queue, bool service_up, const Labels* labels);
[[nodiscard]] std::string render(const SiteNames& names);
// `limit`: how many were asked for; a full page says where a further one begins.
[[nodiscard]] std::string render(const AuditPage& page, std::size_t limit, const Labels* labels);
[[nodiscard]] std::string render(const Event& event, const Labels* labels);  // in one line
// `next` is where a further page begins; empty at the end.
[[nodiscard]] std::string render(const std::vector<Enrollment>& enrollments, const std::string& next,
                                 const Labels* labels);
// The same with their records, whose keys were taken out when they were imported.
[[nodiscard]] std::string render_whole(const std::vector<Enrollment>& enrollments, const Labels* labels);

}  // namespace leafgate::status
