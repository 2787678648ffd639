#include "gateway/flows/commissioning.hpp"

#include <algorithm>

#include "gateway/flows/notes.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate {
namespace {

constexpr std::size_t most_awaited = 10'000;
constexpr std::size_t most_comparisons = 400'000;  // of ids: some 50 ms

// Where ids differ by more, one is no misspelling of the other.
std::size_t most_slips(std::string_view id) { return id.size() < 6 ? 1 : id.size() < 12 ? 2 : 3; }

bool is_at(const SitePlace& place, const std::string& source) { return place.contains(source); }

ExpectedState state_of(const PlacedLeaf& expected, const Sighting& seen) {
  const std::string& where = seen.proved_at;
  if (expected.place && !where.empty() && !is_at(*expected.place, where)) return ExpectedState::wrong_place;
  return seen.assigned ? ExpectedState::done : ExpectedState::waiting;
}

ExpectedRow row_of(const PlacedLeaf& expected, const Sighting* seen) {
  ExpectedRow row;
  row.leaf = expected.leaf;
  if (seen == nullptr) return row;
  row.state = state_of(expected, *seen);
  row.reason = seen->reason;
  row.seen_at =
      row.state == ExpectedState::wrong_place || seen->seen_at.empty() ? seen->proved_at : seen->seen_at;
  row.last_seen = seen->last_seen;
  return row;
}

void count(ExpectedCounts& counts, ExpectedState state) {
  switch (state) {
    case ExpectedState::done:
      ++counts.done;
      return;
    case ExpectedState::wrong_place:
      ++counts.wrong_place;
      return;
    case ExpectedState::waiting:
      ++counts.waiting;
      return;
    case ExpectedState::missing:
      ++counts.missing;
      return;
    case ExpectedState::unknown:
      ++counts.unknown;
      return;
  }
}

// The rows that the filter lets through, up to its limit.
class Page {
 public:
  Page(ExpectedPage& page, const ExpectedFilter& filter) : page_(page), filter_(filter) {}

  // `place` orders rows: given as `after`, it begins behind this one.
  void take(ExpectedRow row, const std::string& place) {
    count(page_.counts, row.state);
    if (filter_.state && row.state != *filter_.state) return;
    if (!filter_.after.empty() && place <= filter_.after) return;
    if (filter_.not_done_first && row.state == ExpectedState::done) {
      if (done_.size() < limit_) done_.push_back(std::move(row));
      return;
    }
    if (page_.rows.size() == limit_) {
      if (page_.next.empty()) page_.next = last_;
      return;
    }
    last_ = place;
    page_.rows.push_back(std::move(row));
  }

  // After the last row.
  void end() {
    for (ExpectedRow& row : done_)
      if (page_.rows.size() < limit_) page_.rows.push_back(std::move(row));
    if (filter_.not_done_first) page_.next.clear();
  }

 private:
  ExpectedPage& page_;
  const ExpectedFilter& filter_;
  std::size_t limit_ = std::clamp<std::size_t>(filter_.limit, 1, most_awaited);
  std::vector<ExpectedRow> done_;
  std::string last_;
};

struct Missing {
  const std::string* key;
  const PlacedLeaf* expected;
};

struct Nearest {
  std::size_t slips = 0;
  const Missing* missing = nullptr;
};

Nearest nearest_to(const std::string& key, const std::vector<Missing>& missing) {
  Nearest found;
  found.slips = most_slips(key) + 1;
  for (const Missing& one : missing) {
    if (found.slips == 1) break;
    const std::size_t distance = edit_distance(key, *one.key, found.slips - 1);
    if (distance < found.slips) found = {distance, &one};
  }
  return found;
}

std::string expected_at(const std::string& source, const std::vector<Missing>& missing) {
  std::string found;
  if (source.empty()) return found;
  for (const Missing& one : missing) {
    const auto& place = one.expected->place;
    if (!place || !place->contains(source)) continue;
    if (place->is_single()) return one.expected->leaf.registration_id;
    // Of a network or a line with more than one who is missing nobody is meant.
    if (!found.empty()) return {};
    found = one.expected->leaf.registration_id;
  }
  return found;
}

// Whose id is what its key is for: no misspelling of another.
bool has_proved_itself(const std::string& key, const SightingsByKey& seen) {
  const auto found = seen.find(key);
  return found != seen.end() && (found->second.assigned || !found->second.proved_at.empty());
}

// For each unknown one on the page: who it may be. A missing one is named once, for that which is most like
// it.
void guess(ExpectedPage& page, const std::vector<Missing>& missing, const SightingsByKey& seen) {
  std::size_t left = most_comparisons;
  std::map<const Missing*, std::pair<std::size_t, ExpectedRow*>> named;
  for (ExpectedRow& row : page.rows) {
    if (row.state != ExpectedState::unknown) continue;
    if (left < missing.size()) break;
    left -= missing.size();
    row.expected_here = expected_at(row.seen_at, missing);
    const std::string key = ascii_lower(row.leaf.registration_id);
    if (key.empty() || has_proved_itself(key, seen)) continue;
    const Nearest nearest = nearest_to(key, missing);
    if (nearest.missing == nullptr) continue;
    auto& [slips, for_row] = named[nearest.missing];
    if (for_row != nullptr && slips <= nearest.slips) continue;
    slips = nearest.slips;
    for_row = &row;
  }
  for (const auto& [one, of] : named) of.second->nearest = one->expected->leaf.registration_id;
}

}  // namespace

void add_own_notes(Sighting& sighting, const std::vector<AttemptNote>& notes) {
  for (const AttemptNote& note : notes) {
    sighting.reason = note.reason;
    if (note.source.empty() || !came_from_the_leaf(note)) continue;
    sighting.seen_at = note.source;
    sighting.last_seen = note.at;
    if (!note.unverified) sighting.proved_at = note.source;
  }
}

void add_note(Sighting& sighting, const AttemptNote& note) {
  if (note.at >= sighting.last_seen) sighting.reason = note.reason;
  if (note.source.empty() || !came_from_the_leaf(note)) return;
  if (note.at >= sighting.last_seen || sighting.seen_at.empty()) sighting.seen_at = note.source;
  sighting.last_seen = std::max(sighting.last_seen, note.at);
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > most) return most + 1;
  while (!a.empty() && a.front() == b.front()) {
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  while (!a.empty() && a.back() == b.back()) {
    a.remove_suffix(1);
    b.remove_suffix(1);
  }
  std::vector<std::size_t> row(a.size() + 1);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
  for (std::size_t j = 1; j <= b.size(); ++j) {
    std::size_t diagonal = row[0];
    row[0] = j;
    std::size_t least = row[0];
    for (std::size_t i = 1; i <= a.size(); ++i) {
      const std::size_t swapped = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[i];
      row[i] = std::min({swapped, row[i] + 1, row[i - 1] + 1});
      least = std::min(least, row[i]);
    }
    if (least > most) return most + 1;
  }
  return std::min(row[a.size()], most + 1);
}

ExpectedPage compare(const ExpectedByKey& expected, const SightingsByKey& seen,
                     const std::vector<NamelessSighting>& nameless, const ExpectedFilter& filter) {
  ExpectedPage out;
  out.counts.expected = expected.size();
  Page page(out, filter);
  std::vector<Missing> missing;
  for (const auto& [key, placed] : expected) {
    const auto found = seen.find(key);
    if (found == seen.end()) missing.push_back({&key, &placed});
    page.take(row_of(placed, found == seen.end() ? nullptr : &found->second), "1 " + key);
  }
  for (const auto& [key, sighting] : seen) {
    if (expected.contains(key)) continue;
    ExpectedRow row;
    row.leaf.registration_id = sighting.registration_id;
    row.state = ExpectedState::unknown;
    row.reason = sighting.reason;
    row.seen_at = sighting.seen_at;
    row.last_seen = sighting.last_seen;
    page.take(std::move(row), "2 " + key);
  }
  for (const NamelessSighting& sighting : nameless) {
    ExpectedRow row;
    row.state = ExpectedState::unknown;
    row.reason = sighting.reason;
    row.seen_at = sighting.source;
    row.last_seen = sighting.last_seen;
    page.take(std::move(row), "3 " + sighting.source);
  }
  page.end();
  guess(out, missing, seen);
  return out;
}

std::string expected_among(const std::vector<std::string>& labels) {
  constexpr std::size_t most_named = 3;
  if (labels.size() == 1) return labels.front();
  if (labels.size() > most_named)
    return "one of " + std::to_string(labels.size()) + ", " + labels.front() + " among them";
  std::string out;
  for (const std::string& label : labels) out += (out.empty() ? "one of " : ", ") + label;
  return out;
}

}  // namespace leafgate
