#include "adapters/mqtt/broker/topic.hpp"

#include <algorithm>

#include "gateway/model/ids.hpp"

namespace leafgate::broker {
namespace {

constexpr std::string_view tree = "leafgate/v1/";
constexpr std::string_view up = "/up";
constexpr std::string_view gateways = "leafgate/gateways/";
constexpr std::size_t longest_topic = 256;

}  // namespace

Result<std::string> leaf_of(std::string_view topic) {
  if (!topic.starts_with(tree) || !topic.ends_with(up) || topic.size() < tree.size() + up.size())
    return Error(Errc::malformed, "no topic of a leaf");
  const auto id = RegistrationId::parse(topic.substr(tree.size(), topic.size() - tree.size() - up.size()));
  if (!id) return id.error();
  return id->text();
}

std::string down_topic(std::string_view leaf) {
  std::string topic(tree);
  topic += leaf;
  topic += "/down";
  return topic;
}

std::string gateway_of(std::string_view topic) {
  if (!topic.starts_with(gateways)) return {};
  topic.remove_prefix(gateways.size());
  return topic.find('/') == std::string_view::npos ? std::string(topic) : std::string();
}

std::string gateway_topic(std::string_view name) {
  std::string topic(gateways);
  topic += name;
  return topic;
}

bool may_answer_at(std::string_view topic, std::string_view leaf) {
  std::string own(tree);
  own += leaf;
  own += '/';
  if (topic.size() <= own.size() || topic.size() > longest_topic || !topic.starts_with(own)) return false;
  if (topic.substr(own.size()) == up.substr(1)) return false;
  return std::all_of(topic.begin(), topic.end(),
                     [](char c) { return c > ' ' && c <= '~' && c != '+' && c != '#'; });
}

}  // namespace leafgate::broker
