#include "gateway/flows/notes.hpp"

#include <algorithm>

namespace leafgate {
namespace {

bool same_thing(const AttemptNote& a, const AttemptNote& b) {
  return a.reason == b.reason && a.step == b.step && a.source == b.source && a.client == b.client &&
         a.detail == b.detail && a.unverified == b.unverified;
}

}  // namespace

bool came_from_the_leaf(const AttemptNote& note) { return note.source != "gateway"; }

void add_note(std::vector<AttemptNote>& notes, AttemptNote note) {
  if (!notes.empty() && same_thing(notes.back(), note)) {
    notes.back().at = note.at;
    return;
  }
  notes.push_back(std::move(note));
  const auto unverified = [](const AttemptNote& n) { return n.unverified; };
  if (static_cast<std::size_t>(std::count_if(notes.begin(), notes.end(), unverified)) > unverified_notes_kept)
    notes.erase(std::find_if(notes.begin(), notes.end(), unverified));
  if (notes.size() > notes_kept) notes.erase(notes.begin());
}

std::vector<AttemptNote> verified_only(const std::vector<AttemptNote>& notes) {
  std::vector<AttemptNote> out;
  std::copy_if(notes.begin(), notes.end(), std::back_inserter(out),
               [](const AttemptNote& n) { return !n.unverified; });
  return out;
}

std::string bounded(std::string_view text, std::size_t most) { return std::string(text.substr(0, most)); }

}  // namespace leafgate
