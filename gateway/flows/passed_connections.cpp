#include "gateway/flows/passed_connections.hpp"

#include <algorithm>

namespace leafgate {
namespace {

const std::string* own_certificate(const Traveller& who) {
  return who.marks.certificates.empty() ? nullptr : &who.marks.certificates.front();
}

bool has_the_same(const Traveller& a, const Traveller& b) {
  const std::string* one = own_certificate(a);
  const std::string* other = own_certificate(b);
  return one != nullptr && other != nullptr && *one == *other;
}

}  // namespace

void PassedConnections::note(const std::shared_ptr<Presence>& connection, std::string_view address,
                             Travellers may_be) {
  if (!connection) return;
  constexpr std::size_t least = 256;
  if (entries_.size() >= next_look_) {
    std::erase_if(entries_, [](const auto& entry) { return entry.second.connection.expired(); });
    next_look_ = std::max(least, 2 * entries_.size());
  }
  entries_.insert_or_assign(connection.get(), Entry{connection, std::string(address), std::move(may_be)});
}

void PassedConnections::recognise(const std::shared_ptr<Presence>& connection, std::string_view address,
                                  std::shared_ptr<const Traveller> who) {
  const auto known = entries_.find(connection.get());
  if (known != entries_.end() && known->second.connection.lock() == connection) {
    const Travellers& may_be = known->second.may_be;
    const auto same = std::find_if(may_be.begin(), may_be.end(),
                                   [&who](const auto& one) { return has_the_same(*one, *who); });
    if (same != may_be.end()) who = *same;  // which showed its whole chain here
  }
  note(connection, address, {std::move(who)});
}

std::vector<PassedConnections::Open> PassedConnections::open() const {
  std::vector<Open> out;
  for (const auto& [key, entry] : entries_)
    if (auto connection = entry.connection.lock())
      out.push_back(Open{std::move(connection), entry.address, entry.may_be});
  return out;
}

}  // namespace leafgate
