#include <cstdlib>
#include <string>

#include "adapters/mqtt/broker/company.hpp"
#include "adapters/mqtt/broker/settings.hpp"
#include "adapters/mqtt/broker/topic.hpp"
#include "gateway/model/bytes.hpp"

using namespace leafgate;
using namespace leafgate::broker;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

// What a broker hands on: topics, response topics, what other gateways say of themselves; and the uri of the
// configuration. The first octet says where the input is cut in two.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view said = as_text(ByteView(data, size).subspan(1));
  const std::size_t cut = data[0] * said.size() / 256;
  const std::string_view first = said.substr(0, cut);
  const std::string_view second = said.substr(cut);

  const auto leaf = leaf_of(said);
  if (leaf) {
    require(said == "leafgate/v1/" + *leaf + "/up" && may_answer_at(down_topic(*leaf), *leaf));
    require(!may_answer_at(said, *leaf) && gateway_of(said).empty());
  }
  const std::string gateway = gateway_of(said);
  if (!gateway.empty()) require(gateway_topic(gateway) == said);
  if (may_answer_at(first, second)) {
    require(first.starts_with("leafgate/v1/" + std::string(second) + "/") && !leaf_of(first).has_value());
    require(first.find_first_of("+#") == std::string_view::npos);
  }
  const auto announced = parse_announcement(std::string(first), as_bytes(second));
  if (announced) require(announcement_text(announced->instance, announced->word) == second);
  const auto address = parse_uri(said);
  if (address) {
    const auto again = parse_uri((address->tls ? "mqtts://" : "mqtt://") + address->text());
    require(again && again->text() == address->text() && binding_of(*address).size() <= 64);
    static_cast<void>(leads_here(*address, "0.0.0.0", address->port));
  }
  return 0;
}
