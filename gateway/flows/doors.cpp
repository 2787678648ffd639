#include "gateway/flows/doors.hpp"

#include <boost/asio/post.hpp>

#include "gateway/flows/notes.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::size_t detail_kept = 200;

}  // namespace

void Doors::note(DoorEvent event) {
  if (first_loop_.running_in_this_thread()) {
    keep(std::move(event));
    return;
  }
  boost::asio::post(first_loop_, [this, event = std::move(event)]() mutable { keep(std::move(event)); });
}

void Doors::keep(DoorEvent event) {
  Seen seen;
  seen.note.at = clock_.now().at;
  seen.note.reason = event.reason;
  seen.note.step = event.step;
  seen.note.source = event.source.address;
  seen.note.detail = bounded(event.detail, detail_kept);
  seen.note.unverified = true;
  seen.claimed_id = ascii_lower(bounded(event.claimed_id, 128));
  log::notice("stranger", {{"reason", code(event.reason)},
                           {"peer", event.source.address},
                           {"transport", to_text(event.source.transport)},
                           {"step", event.step},
                           {"registration_id", seen.claimed_id.empty() ? "unknown" : seen.claimed_id},
                           {"detail", seen.note.detail}});
  Stranger* known = sources_.find(event.source.address);
  Stranger& stranger = known ? *known : sources_.put(event.source.address, Stranger());
  ++stranger.events;
  stranger.seen.push_back(std::move(seen));
  if (stranger.seen.size() > notes_kept) stranger.seen.erase(stranger.seen.begin());
}

StrangerRow Doors::row(const std::string& address, const Stranger& stranger) {
  StrangerRow out;
  out.address = address;
  out.events = stranger.events;
  for (const Seen& seen : stranger.seen) {
    AttemptNote note = seen.note;
    if (!seen.claimed_id.empty()) note.detail += (note.detail.empty() ? "as " : ", as ") + seen.claimed_id;
    out.notes.push_back(std::move(note));
  }
  return out;
}

std::optional<StrangerRow> Doors::of_address(const std::string& address) {
  const Stranger* stranger = sources_.find(address);
  if (!stranger) return std::nullopt;
  return row(address, *stranger);
}

std::vector<AttemptNote> Doors::of_claimed_id(const RegistrationId& id) const {
  std::vector<AttemptNote> notes;
  for (const auto& [address, stranger] : sources_)
    for (const Seen& seen : stranger.seen)
      if (seen.claimed_id == id.key()) notes.push_back(seen.note);
  return notes;
}

std::vector<StrangerRow> Doors::all() const {
  std::vector<StrangerRow> rows;
  for (const auto& [address, stranger] : sources_) rows.push_back(row(address, stranger));
  return rows;
}

}  // namespace leafgate
