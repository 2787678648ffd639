#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "gateway/ports/leaf_link.hpp"

namespace leafgate::serial {

// The way to one leaf of a line, and what waits to be said to it. First loop only; the leaf link may keep it
// longer than the line lives.
class Carrier final : public LeafCarrier {
 public:
  // `wake` is called when something is to be said, until close().
  Carrier(Source source, std::string binding, std::function<void()> wake)
      : source_(std::move(source)), binding_(std::move(binding)), wake_(std::move(wake)) {}

  void send(Bytes message) override;
  [[nodiscard]] const Source& source() const override { return source_; }
  [[nodiscard]] const std::string& binding() const override { return binding_; }
  [[nodiscard]] const std::string& claimed_id() const override { return claimed_id_; }
  [[nodiscard]] bool is_there() const override { return wake_ != nullptr; }

  [[nodiscard]] bool has_mail() const { return !mail_.empty(); }
  [[nodiscard]] Bytes take();  // the first of the mail
  void close();                // the leaf is lost

 private:
  const Source source_;
  const std::string binding_;
  const std::string claimed_id_;  // a serial line ties its leaves to no id
  std::function<void()> wake_;
  std::deque<Bytes> mail_;
};

}  // namespace leafgate::serial
