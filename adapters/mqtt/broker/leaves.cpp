#include "adapters/mqtt/broker/leaves.hpp"

#include "adapters/mqtt/broker/topic.hpp"

namespace leafgate::broker {

Carrier::Carrier(std::string id, std::string binding, Send send)
    : id_(std::move(id)),
      binding_(std::move(binding)),
      source_{Transport::broker, "broker/" + id_},
      send_(std::move(send)) {}

void Carrier::send(Bytes message) {
  if (!send_) return;
  std::string topic = where_.topic.empty() ? down_topic(id_) : where_.topic;
  send_({std::move(topic), std::move(message), where_.correlation});
}

Leaves::Leaves(LeafLink& link, std::string binding, Carrier::Send send, std::size_t most)
    : link_(link), binding_(std::move(binding)), send_(std::move(send)), most_(most) {}

std::shared_ptr<Carrier> Leaves::at(const std::string& id) {
  const auto known = by_id_.find(id);
  if (known != by_id_.end()) {
    order_.splice(order_.begin(), order_, known->second);
    return order_.front();
  }
  if (order_.size() >= most_) {
    const auto oldest = order_.back();
    by_id_.erase(oldest->claimed_id());
    order_.pop_back();
    oldest->close();
    link_.lost(*oldest);
  }
  order_.push_front(std::make_shared<Carrier>(id, binding_, send_));
  by_id_.emplace(id, order_.begin());
  return order_.front();
}

void Leaves::close() {
  const Order all = std::exchange(order_, {});
  by_id_.clear();
  for (const auto& each : all) each->close();
  for (const auto& each : all) link_.lost(*each);
}

}  // namespace leafgate::broker
