#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "adapters/mqtt/broker/outbox.hpp"
#include "gateway/ports/leaf_link.hpp"

namespace leafgate::broker {

// Where a leaf wants to be answered, as its last message said (MQTT 5).
struct AnswerAt {
  std::string topic;  // response topic within its own tree; empty: its `down`
  Bytes correlation;
};

// The way to one leaf by its topic.
class Carrier final : public LeafCarrier {
 public:
  using Send = std::function<void(Outgoing)>;

  Carrier(std::string id, std::string binding, Send send);

  void send(Bytes message) override;
  [[nodiscard]] const Source& source() const override { return source_; }
  [[nodiscard]] const std::string& binding() const override { return binding_; }
  [[nodiscard]] const std::string& claimed_id() const override { return id_; }
  [[nodiscard]] bool is_there() const override { return static_cast<bool>(send_); }

  void answer_at(AnswerAt where) { where_ = std::move(where); }
  void close() { send_ = nullptr; }

 private:
  std::string id_;
  std::string binding_;
  Source source_;
  AnswerAt where_;
  Send send_;  // empty once closed
};

// The leaves that were heard of last. Whoever was not heard of for longest makes room: its carrier closes,
// and it gets a new one when it speaks again. First loop only; `link` outlives this.
class Leaves {
 public:
  Leaves(LeafLink& link, std::string binding, Carrier::Send send, std::size_t most = 4096);

  // Of the leaf that just spoke.
  [[nodiscard]] std::shared_ptr<Carrier> at(const std::string& id);
  // All are closed: nothing sent to them arrives any more.
  void close();
  [[nodiscard]] std::size_t size() const { return by_id_.size(); }

 private:
  using Order = std::list<std::shared_ptr<Carrier>>;

  LeafLink& link_;
  std::string binding_;
  Carrier::Send send_;
  std::size_t most_;
  Order order_;  // last heard of first
  std::unordered_map<std::string, Order::iterator> by_id_;
};

}  // namespace leafgate::broker
