#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

enum class LineState {
  away,      // its device is not there: watched for
  waiting,   // there, and held by somebody else (lock file, flock), or not wanted now (hold = "window")
  working,   // open: leaves are asked
  silent,    // open, and nobody on it answers
  babbling,  // something talks unasked: isolated, looked at again later
  released,  // given to the data application by `line release`
};
[[nodiscard]] std::string_view to_text(LineState state);

// A leaf that was found on a line.
struct LineLeaf {
  int address = 0;
  std::string uid;              // 16 hex digits; a hint, never an identity
  std::string registration_id;  // as it last said; empty: nothing yet
  int mtu = 0;
  std::optional<Millis> last_good;  // since its last good frame
  std::uint64_t retries = 0;
};

struct LineFacts {
  std::string name;
  std::string path;
  int baud = 0;
  bool multidrop = false;
  LineState state = LineState::away;
  std::string detail;  // why: who holds it, what failed
  std::vector<LineLeaf> leaves;
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_received = 0;
  std::uint64_t frames_bad = 0;  // CRC, COBS, version: whatever was dropped
  std::uint64_t retries = 0;
  std::uint64_t messages_heard = 0;
  std::uint64_t leaves_lost = 0;
  std::optional<Millis> last_good;  // since any leaf's last good frame
};

// The site's broker as the gateway is its client.
struct BrokerFacts {
  std::string uri;
  bool connected = false;
  int protocol = 0;    // 5 or 311; 0 before the first connection
  std::string detail;  // why not
  Millis since{};      // since it is so
  std::uint64_t messages_heard = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_dropped = 0;  // retained, too large, on no topic of a leaf, from another gateway
  std::uint64_t reconnects = 0;
  bool other_gateway = false;  // another one answers on the same topics
};

// What an operator may ask of the carriers of leaves without IP. First loop only.
class Lines {
 public:
  virtual ~Lines() = default;

  [[nodiscard]] virtual std::vector<LineFacts> lines() const = 0;
  [[nodiscard]] virtual std::optional<BrokerFacts> broker() const = 0;
  // Gives a line to the data application: what is under way on it ends, its device is closed and unlocked
  // when this returns. Errors: not_found, conflict (released already).
  virtual Task<Result<void>> release(std::string name) = 0;
  // Takes it back. Errors: not_found, conflict (not released).
  virtual Task<Result<void>> claim(std::string name) = 0;
};

}  // namespace leafgate
