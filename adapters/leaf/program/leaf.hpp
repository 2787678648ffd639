#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/leaf/leafgate_leaf.h"
#include "adapters/leaf/program/carrier.hpp"
#include "adapters/leaf/program/digests.hpp"
#include "adapters/leaf/program/identity.hpp"

namespace leafgate::device {

// What became of a registration.
struct Outcome {
  enum class Verdict { assigned, refused, no_answer };
  Verdict verdict = Verdict::no_answer;
  std::string line;  // JSON, for stdout
  [[nodiscard]] int exit_status() const {
    return static_cast<int>(verdict) == 2 ? 3 : static_cast<int>(verdict);
  }
};

// Why nobody could be asked, or nobody answered.
[[nodiscard]] Outcome no_answer(const Options& options, std::string_view why);

// The leaf library with this program's keys, clock and carrier. One thread.
class Leaf {
 public:
  // The references must outlive the leaf. Throws std::runtime_error for what the library does not take.
  Leaf(const Options& options, Identity& identity, Carrier& carrier);
  Leaf(const Leaf&) = delete;
  Leaf& operator=(const Leaf&) = delete;

  // Registers until there is an outcome or the time is up.
  Outcome run(unsigned seconds);
  // Goes on answering the gateway for so long, without registering.
  void stay(unsigned seconds);

 private:
  static LeafgateHooks hooks();
  void configure();
  void step(int most_ms);
  void heard(const LeafgateNews& news);
  void assigned(const LeafgateNews& news);
  [[nodiscard]] Outcome give_up() const;
  int sign(int scheme, std::string_view hash, std::uint8_t* out, std::size_t room, std::size_t* size);
  int activate(std::string_view blob, const std::string& text, std::uint8_t* mac);

  const Options& options_;
  Identity& identity_;
  Carrier& carrier_;
  Digests digests_;
  std::string payload_;
  std::vector<std::uint8_t> message_;
  LeafgateConfig config_{};
  LeafgateLeaf leaf_{};
  std::optional<Outcome> outcome_;
  std::optional<std::uint32_t> unproven_since_;
  std::string last_refusal_;  // that may pass, as JSON
  std::string trouble_;
};

}  // namespace leafgate::device
