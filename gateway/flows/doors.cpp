#include "gateway/flows/doors.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "gateway/flows/guard.hpp"
#include "gateway/flows/notes.hpp"
#include "gateway/flows/source_key.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::chrono::seconds comes_again_after{10};

}  // namespace

void Doors::note(DoorEvent event) {
  if (first_loop_.running_in_this_thread()) {
    keep(std::move(event));
    return;
  }
  boost::asio::post(first_loop_, [this, event = std::move(event)]() mutable { keep(std::move(event)); });
}

Doors::Stranger& Doors::stranger(const std::string& key, TimePoint now) {
  if (Stranger* standing = standing_.find(key)) return *standing;
  Stranger* known = new_.find(key);
  if (known == nullptr) {
    Stranger& added = new_.put(key, Stranger());
    added.first = now;
    return added;
  }
  if (now - known->first < comes_again_after) return *known;
  Stranger moved = std::move(*known);
  new_.erase(key);
  return standing_.put(key, std::move(moved));
}

const Doors::Stranger* Doors::find(const std::string& key) const {
  const Stranger* standing = standing_.peek(key);
  return standing != nullptr ? standing : new_.peek(key);
}

// What it did wrong under that id stays.
void Doors::vouched(const Source& source, const RegistrationId& id) {
  const std::string key = source_key(source.address);
  for (LruMap<Stranger>* kind : {&standing_, &new_}) {
    Stranger* from = kind->find(key);
    if (from == nullptr) continue;
    const auto waited = std::erase_if(from->seen, [&id](const Seen& seen) {
      return seen.claimed_id == id.key() && !seen.told && !is_false_proof(seen.note.reason);
    });
    from->events = std::max<std::uint64_t>(from->events - waited, from->seen.size());
    if (from->seen.empty()) kind->erase(key);
  }
}

// What the door has not seen by itself: who speaks no protocol of ours, or not the language of its own.
void Doors::report(const DoorEvent& event) {
  if (sources_ == nullptr) return;
  switch (event.reason) {
    case Reason::mqtt_malformed:
      return sources_->failed(event.source.address, SourceFault::decoder);
    case Reason::identity_malformed:
    case Reason::not_mqtt:
    case Reason::mqtt_unsupported:
      return sources_->failed(event.source.address, SourceFault::authentication);
    default:
      return;
  }
}

void Doors::keep(DoorEvent event) {
  report(event);
  const TimePoint now = LoopClock::now();
  Seen seen;
  seen.note.reason = event.reason;
  seen.note.step = event.step;
  seen.note.source = event.source.address;
  seen.note.detail = bounded(event.detail, detail_kept);
  seen.note.unverified = true;
  seen.claimed_id = ascii_lower(bounded(event.claimed_id, 128));
  seen.told = event.told;
  const auto left_out = event.told ? std::nullopt : log_.line(event.source.address, now);
  if (left_out) {
    log::notice("stranger", {{"reason", code(event.reason)},
                             {"peer", event.source.address},
                             {"transport", to_text(event.source.transport)},
                             {"step", event.step},
                             {"registration_id", seen.claimed_id.empty() ? "unknown" : seen.claimed_id},
                             {"detail", seen.note.detail},
                             {"lines_left_out", *left_out}});
    tell(seen);
  }
  Stranger& from = stranger(source_key(event.source.address), now);
  ++from.events;
  // What it did before moves to the end instead of filling the room.
  std::erase_if(from.seen, [&seen](const Seen& old) { return same_thing(old, seen); });
  seen.note.at = clock_.now().at;
  // That it is held back is the consequence; what it did wrong stays the last word.
  const bool is_cause = event.reason != Reason::source_held;
  from.seen.insert(is_cause || from.seen.empty() ? from.seen.end() : from.seen.end() - 1, std::move(seen));
  if (from.seen.size() > notes_kept) from.seen.erase(from.seen.begin());
}

void Doors::tell(const Seen& seen) {
  if (events_ == nullptr) return;
  Event event;
  event.at = clock_.now().at;
  event.kind = EventKind::door;
  event.registration_id = seen.claimed_id;
  event.source = seen.note.source;
  event.reason = seen.note.reason;
  event.step = seen.note.step;
  event.detail = seen.note.detail;
  events_->tell(std::move(event));
}

bool Doors::same_thing(const Seen& a, const Seen& b) {
  return a.note.reason == b.note.reason && a.note.step == b.note.step && a.note.source == b.note.source &&
         a.note.detail == b.note.detail && a.claimed_id == b.claimed_id;
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

std::optional<StrangerRow> Doors::of_address(const std::string& address) const {
  const std::string key = source_key(address);
  const Stranger* stranger = find(key);
  if (!stranger) return std::nullopt;
  return row(key, *stranger);
}

std::vector<AttemptNote> Doors::of_claimed_id(const RegistrationId& id) const {
  std::vector<AttemptNote> notes;
  for (const auto* sources : {&standing_, &new_})
    for (const auto& [key, stranger] : *sources)
      for (const Seen& seen : stranger.seen)
        if (seen.claimed_id == id.key() && !seen.told) notes.push_back(seen.note);
  return notes;
}

std::vector<Doors::Claim> Doors::claims() const {
  std::vector<Claim> out;
  for (const auto* sources : {&standing_, &new_})
    for (const auto& [key, stranger] : *sources)
      for (const Seen& seen : stranger.seen)
        if (!seen.claimed_id.empty() && !seen.told) out.push_back({seen.claimed_id, seen.note});
  return out;
}

std::vector<StrangerRow> Doors::all() const {
  std::vector<StrangerRow> rows;
  for (const auto* sources : {&standing_, &new_})
    for (const auto& [key, stranger] : *sources) rows.push_back(row(key, stranger));
  std::stable_sort(rows.begin(), rows.end(), [](const StrangerRow& a, const StrangerRow& b) {
    return a.notes.back().at > b.notes.back().at;
  });
  return rows;
}

}  // namespace leafgate
