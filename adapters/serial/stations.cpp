#include "adapters/serial/stations.hpp"

#include <algorithm>
#include <utility>

#include "gateway/runtime/log.hpp"

namespace leafgate::serial {
namespace {

// At most 64 octets, as every binding: of a long name its end, which tells devices apart.
std::string binding_of(const std::string& line) {
  constexpr std::size_t room = 64 - 7;
  return "serial/" + line.substr(line.size() - std::min(line.size(), room));
}

// A leaf that nobody addresses forgets its address after 60 s.
constexpr std::chrono::seconds longest_memory{70};

Millis since(TimePoint then, TimePoint now) { return std::chrono::duration_cast<Millis>(now - then); }

}  // namespace

Stations::Stations(std::string line, LeafLink& link, std::function<void()> wake)
    : line_(std::move(line)), link_(link), wake_(std::move(wake)) {}

std::optional<std::uint8_t> Stations::address_for(const Hello& hello, std::uint8_t from,
                                                  TimePoint now) const {
  std::array<bool, last_address + 1> is_held{};
  for (const auto& each : stations_) {
    if (each->hello().uid == hello.uid) return each->address();
    is_held[each->address()] = true;
  }
  std::optional<std::uint8_t> best;
  for (unsigned at = 1; at <= last_address; ++at) {
    const Seat& seat = seats_[at];
    const auto address = static_cast<std::uint8_t>(at);
    if (is_held[at]) continue;
    if (seat.was_taken && seat.hello.uid == hello.uid) return address;
    if (seat.was_taken && seat.free_at > now) continue;
    // The one it sits at already, else one that nobody had, before those that somebody may come back to.
    const bool is_better = !best || address == from || (seats_[*best].was_taken && !seat.was_taken);
    if (is_better && best != from) best = address;
  }
  return best;
}

void Stations::seat(std::uint8_t address, const Hello& hello) {
  if (Station* known = find(address)) {
    known->renew(hello);
    return;
  }
  Source source;
  source.transport = Transport::serial;
  source.address = line_ + "/" + std::to_string(address);
  auto carrier = std::make_shared<Carrier>(std::move(source), binding_of(line_), wake_);
  Seat& seat = seats_[address];
  if (!seat.was_taken || seat.hello.uid != hello.uid) {
    seat.registration_id.clear();
    seat.quality = Quality();
  }
  seat.hello = hello;
  seat.was_taken = true;
  auto fresh = std::make_unique<Station>(address, hello, seat.quality, std::move(carrier));
  const auto behind = std::find_if(stations_.begin(), stations_.end(),
                                   [&](const auto& each) { return each->address() > address; });
  stations_.insert(behind, std::move(fresh));
  log::info("leaf found on a line",
            {{"leaf", line_ + "/" + std::to_string(address)}, {"uid", to_text(hello.uid)}});
}

Station* Stations::find(std::uint8_t address) {
  for (const auto& each : stations_) {
    if (each->address() == address) return each.get();
  }
  return nullptr;
}

Station* Stations::find(const Uid& uid) {
  for (const auto& each : stations_) {
    if (each->hello().uid == uid) return each.get();
  }
  return nullptr;
}

Station* Stations::next(TimePoint now, LoopClock::duration rare) {
  Station* first = nullptr;
  for (const auto& each : stations_) {
    if (each->due(rare) > now) continue;
    if (each->address() > last_turn_) {
      last_turn_ = each->address();
      return each.get();
    }
    if (first == nullptr) first = each.get();
  }
  if (first != nullptr) last_turn_ = first->address();
  return first;
}

TimePoint Stations::first_due(LoopClock::duration rare) const {
  TimePoint first = TimePoint::max();
  for (const auto& each : stations_) first = std::min(first, each->due(rare));
  return first;
}

void Stations::lose(std::uint8_t address, TimePoint now) {
  const auto at = std::find_if(stations_.begin(), stations_.end(),
                               [&](const auto& each) { return each->address() == address; });
  if (at == stations_.end()) return;
  const std::unique_ptr<Station> gone = std::move(*at);
  stations_.erase(at);
  seats_[address].free_at = now + longest_memory;
  seats_[address].quality = gone->quality();
  ++lost_;
  log::info("leaf lost on a line", {{"leaf", gone->carrier()->source().address}});
  gone->carrier()->close();
  link_.lost(*gone->carrier());
}

void Stations::lose_all(TimePoint now) {
  while (!stations_.empty()) lose(stations_.back()->address(), now);
}

std::vector<std::uint8_t> Stations::lately_lost(TimePoint now) const {
  std::vector<std::uint8_t> lost;
  for (unsigned at = 1; at <= last_address; ++at) {
    const Seat& seat = seats_[at];
    const auto is_there = [&](const auto& each) {
      return each->address() == at || each->hello().uid == seat.hello.uid;
    };
    if (seat.free_at > now && std::none_of(stations_.begin(), stations_.end(), is_there))
      lost.push_back(static_cast<std::uint8_t>(at));
  }
  return lost;
}

void Stations::unseat_all() {
  for (const auto& each : stations_) each->unseat();
}

void Stations::lose_unseated(TimePoint now) {
  std::vector<std::uint8_t> unseated;
  for (const auto& each : stations_) {
    if (!each->is_seated()) unseated.push_back(each->address());
  }
  for (const std::uint8_t address : unseated) lose(address, now);
}

bool Stations::is_any_open(TimePoint now) const {
  return std::any_of(stations_.begin(), stations_.end(),
                     [&](const auto& each) { return each->is_open(now); });
}

bool Stations::is_any_seated() const {
  return std::any_of(stations_.begin(), stations_.end(), [](const auto& each) { return each->is_seated(); });
}

bool Stations::has_mail() const {
  return std::any_of(stations_.begin(), stations_.end(),
                     [](const auto& each) { return each->carrier()->has_mail(); });
}

void Stations::name(std::uint8_t address, std::string registration_id) {
  seats_[address].registration_id = std::move(registration_id);
}

void Stations::tell(LineFacts& facts, TimePoint now) const {
  for (const auto& each : stations_) {
    LineLeaf& leaf = facts.leaves.emplace_back();
    leaf.address = each->address();
    leaf.uid = to_text(each->hello().uid);
    leaf.registration_id = seats_[each->address()].registration_id;
    leaf.mtu = each->hello().mtu;
    if (each->last_good()) leaf.last_good = since(*each->last_good(), now);
    leaf.retries = each->retries();
  }
  facts.leaves_lost = lost_;
}

}  // namespace leafgate::serial
