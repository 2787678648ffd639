#include "adapters/mqtt/topic.hpp"

#include <optional>

#include "gateway/model/percent.hpp"

namespace leafgate::mqtt {
namespace {

constexpr std::string_view register_prefix = "$dps/registrations/PUT/iotdps-register/?";
constexpr std::string_view poll_prefix = "$dps/registrations/GET/iotdps-get-operationstatus/?";

struct Parameters {
  std::optional<std::string_view> rid;
  std::optional<std::string_view> operation_id;
};

Result<Parameters> parse_parameters(std::string_view text) {
  Parameters found;
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    const auto equals = part.find('=');
    const auto key = part.substr(0, equals);
    if (key != "$rid" && key != "operationId") continue;
    auto& slot = key == "$rid" ? found.rid : found.operation_id;
    if (slot) return Error(Errc::malformed, "topic has a parameter twice");
    slot = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
  }
  if (!found.rid || found.rid->empty()) return Error(Errc::malformed, "topic has no $rid");
  return found;
}

}  // namespace

Result<RequestTopic> parse_request_topic(std::string_view topic) {
  RequestTopic result;
  if (topic.starts_with(register_prefix)) {
    topic.remove_prefix(register_prefix.size());
  } else if (topic.starts_with(poll_prefix)) {
    topic.remove_prefix(poll_prefix.size());
    result.operation = Operation::poll;
  } else {
    return Error(Errc::unsupported, "publish to a topic that is not one of DPS");
  }
  const auto parameters = parse_parameters(topic);
  if (!parameters) return parameters.error();
  result.rid = *parameters->rid;
  if (result.operation == Operation::poll) {
    const auto raw = parameters->operation_id.value_or("");
    auto decoded = percent_decode(raw);
    result.operation_id = decoded ? std::move(*decoded) : std::string(raw);
  }
  return result;
}

std::string response_topic(int status, std::string_view rid, Seconds retry_after) {
  std::string topic = "$dps/registrations/res/";
  topic += std::to_string(status);
  topic += "/?$rid=";
  topic += rid;
  if (retry_after > Seconds(0)) {
    topic += "&retry-after=";
    topic += std::to_string(retry_after.count());
  }
  return topic;
}

}  // namespace leafgate::mqtt
