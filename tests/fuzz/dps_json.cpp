#include "adapters/wire/dps_json.hpp"

#include <cstdlib>
#include <functional>

#include <nlohmann/json.hpp>

#include "adapters/wire/json_text.hpp"
#include "adapters/wire/service_state.hpp"
#include "adapters/wire/tpm_state.hpp"
#include "gateway/model/bytes.hpp"

using namespace leafgate;
using namespace leafgate::wire;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// The slices are what a parser that builds a tree finds.
void compare_with_tree(std::string_view text) {
  const auto tree = nlohmann::json::parse(text);
  require(nlohmann::json::parse(json::compacted(text)) == tree);
  if (const auto members = json::members(text)) {
    require(tree.is_object() && tree.size() == members->size());
    for (const json::Member& member : *members)
      require(nlohmann::json::parse(member.value) == tree.at(member.name));
  }
  if (const auto elements = json::elements(text)) {
    require(tree.is_array() && tree.size() == elements->size());
    for (std::size_t i = 0; i < tree.size(); ++i) require(nlohmann::json::parse((*elements)[i]) == tree[i]);
  }
}

void try_request(std::string_view text) {
  static const RegistrationId id = *RegistrationId::parse("edge-device-01");
  const auto request = read_register_body(text, id);
  if (!request) return;
  const auto back = read_register_body(write_register_body(id, *request), id);
  require(back && *back == *request);
}

void try_reply(int http_status, std::string_view text) {
  const auto reply = read_service_body(http_status, text);
  if (!reply) return require(reply.error().code == Errc::implausible);
  if (reply->state.empty()) return;
  require(*clean_state(reply->state) == reply->state);
  const std::string told = ended_body("5.0", *reply->status, reply->state);
  const auto back = read_service_body(200, told);
  require(back && back->state == reply->state && back->status == reply->status &&
          back->assigned_hub == reply->assigned_hub);
  // What is added to the payload is added once, and nothing else is touched.
  const std::string handed = with_gateway_host_name(reply->state, "gw.site");
  require(with_gateway_host_name(handed, "other") == handed || handed == reply->state);
  require(handed.size() >= reply->state.size() && json::checked(handed, {128 * 1024, 17}).has_value());
}

// A key that is put back is found again, and nothing else is touched.
void try_tpm_state(std::string_view text) {
  const auto split = without_tpm_key(text);
  if (!split || split->key.empty()) return;
  require(json::checked(split->state).has_value());
  const auto again = without_tpm_key(with_tpm_key(split->state, split->key));
  require(again ? again->state == split->state && again->key == split->key : text.size() > 90'000);
}

void try_state(int http_status, std::string_view text) {
  const auto read = read_state_body(http_status, text);
  if (!read) return require(read.error().code == Errc::implausible);
  if (http_status != 200) return;
  require(read->reply.status && !read->reply.registration_id.empty());
  const auto back = read_state_body(200, read->reply.state);
  require(back && back->reply.state == read->reply.state && back->last_updated == read->last_updated);
}

}  // namespace

// One of the readers by the input's own octets: all of them on each would be six executions counted as one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  switch (std::hash<std::string_view>()(text) % 8) {
    case 0:
      if (const auto document = json::checked(text)) compare_with_tree(*document);
      break;
    case 1:
      try_request(text);
      break;
    case 2:
      try_tpm_state(text);
      if (const auto cleaned = clean_state(text)) require(*clean_state(*cleaned) == *cleaned);
      break;
    case 3:
      require(nlohmann::json::accept(json::quoted(text)));
      break;
    case 4:
      try_reply(202, text);
      break;
    case 5:
      try_reply(401, text);
      break;
    case 6:
      try_state(200, text);
      break;
    default:
      try_reply(200, text);
      break;
  }
  return 0;
}
