#include "gateway/flows/toward_hub.hpp"

#include <boost/asio/ip/address.hpp>

namespace leafgate {
namespace {

constexpr std::chrono::minutes time_to_come_by{2};

bool is_address(const std::string& text) {
  boost::system::error_code failure;
  boost::asio::ip::make_address(text, failure);
  return !failure;
}

// Where somebody else showed its id, the leaf need not be. One that only the service can judge leaves no
// other trace here.
bool is_of_the_leaf(const AttemptNote& note) {
  return (!note.unverified || note.reason == Reason::sent_through) && is_address(note.source);
}

}  // namespace

std::optional<LastCame> last_came(const std::vector<AttemptNote>& notes) {
  std::optional<LastCame> last;
  for (const AttemptNote& note : notes)
    if (is_of_the_leaf(note) && (!last || note.at >= last->at)) last = LastCame{note.source, note.at};
  return last;
}

TowardHub toward_hub(const std::optional<Assignment>& assignment, const std::vector<AttemptNote>& notes,
                     const Passes& passes, Millis since_start, WallTime now) {
  TowardHub out;
  if (!assignment || !passes.hubs_matter()) return out;
  const auto last = last_came(notes);
  if (!last) return out;
  out.seen = passes.seen_toward_at(assignment->assigned_hub, last->address);
  out.never = !out.seen && now - last->at > time_to_come_by && since_start > time_to_come_by;
  return out;
}

}  // namespace leafgate
