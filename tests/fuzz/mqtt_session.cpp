#include <algorithm>
#include <cstdlib>

#include "gateway/model/bytes.hpp"
#include "tests/unit/mqtt/talk.hpp"

using namespace leafgate;

// A leaf that says anything: the first octet seeds the cuts, the rest is what is said. However it is cut, the
// same is heard, the same is asked and told, and never more room is taken than a packet may have.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view said = as_text(ByteView(data, size).subspan(1));
  mqtt::Limits limits;
  limits.control_packet = 1024;  // small, so that small inputs reach them
  limits.publish = 2048;
  limits.skipped = 4096;
  Talk whole(limits);
  const std::string heard = whole.say(said);

  Talk split(limits);
  std::string parts;
  std::uint32_t chance = data[0];
  // Octet by octet at most where there are few: else the cuts would cost more than what is cut.
  const std::size_t longest_step = data[0] < 128 ? std::max<std::size_t>(7, said.size() / 16) : 600;
  for (std::size_t at = 0; at < said.size();) {
    chance = chance * 1664525U + 1013904223U;
    const std::size_t step = 1 + (chance >> 16U) % longest_step;
    parts += split.say(said.substr(at, step));
    at += step;
    constexpr std::size_t most = 4096;
    if (!split.closed && split.session.room().size() > most) std::abort();
  }
  const bool same = parts == heard && split.closed == whole.closed &&
                    split.registrar.attempts.size() == whole.registrar.attempts.size() &&
                    split.journal.events.size() == whole.journal.events.size();
  if (!same || whole.journal.events.size() > whole.limits.notes) std::abort();
  return 0;
}
