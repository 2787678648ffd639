#include "adapters/tunnel/endpoint.hpp"

#include <utility>

#include "adapters/tunnel/passage.hpp"

namespace leafgate::tunnel {

Endpoint::Endpoint(const std::vector<Executor>& loops, const Rules& rules, const Limits& limits,
                   PassThrough& passes, Journal& journal, const WallClock& clock)
    : rules_(rules), company_{passes, journal, clock, limits, Seats(limits.tunnels, limits.of_source), {}} {
  for (const Executor& loop : loops) lines_.push_back(std::make_unique<Line>(loop));
}

Endpoint::~Endpoint() = default;

Facts Endpoint::facts_of(const net::PeerInfo& peer, bool pass_only) const {
  Facts facts;
  facts.server_name = peer.server_name;
  facts.address = peer.address;
  facts.port = peer.local_port;
  facts.pass_only = pass_only;
  facts.service_up = company_.passes.service_is_up();
  facts.handed_out = rules_.hubs == Hubs::assigned && !peer.server_name.empty() &&
                     company_.passes.handed_out(peer.server_name);
  return facts;
}

std::optional<net::Route> Endpoint::route(const net::PeerInfo& peer, std::size_t loop, bool pass_only) {
  Line& line = *lines_[loop];
  Choice choice = choose(rules_, facts_of(peer, pass_only));
  if (choice.way == Way::terminate) return std::nullopt;
  net::Route route;
  route.told = true;
  if (line.stopping) return route;
  std::string claimed_id;
  auto presence = std::make_shared<PassagePresence>(line.executor);
  if (choice.without_pass) {
    auto pass = company_.passes.take(peer.address, presence);
    if (pass) claimed_id = std::move(*pass);
    if (!pass) choice.way = *choice.without_pass;
  }
  if (choice.way == Way::terminate) return std::nullopt;
  const std::string asked = (peer.server_name.empty() ? "no name" : peer.server_name) + " at port " +
                            std::to_string(peer.local_port) + ": ";
  if (choice.way == Way::refuse) {
    ++company_.tally.refused;
    company_.tell(peer.address, Reason::name_not_passed, asked + std::string(choice.why), {});
    return route;
  }
  auto seat = company_.seats.take(peer.address);
  if (!seat) {
    ++company_.tally.no_room;
    company_.tell(peer.address, Reason::tunnel_limit, asked + seat.error().detail, claimed_id);
    return route;
  }
  route.passage = std::make_unique<Passage>(company_, line, std::move(*seat), std::move(choice),
                                            std::move(claimed_id), std::move(presence));
  return route;
}

Task<void> Endpoint::stop() {
  constexpr std::chrono::milliseconds look(5);
  for (const auto& line : lines_) {
    const auto stop_dialling = [&line] {
      line->stopping = true;
      line->connector->stop();
    };
    co_await on(line->executor, stop_dialling);
  }
  for (const auto& line : lines_) {
    const auto is_empty = [&line] { return line->passages == 0; };
    bool empty = co_await on(line->executor, is_empty);
    while (!empty) {
      co_await sleep_for(look);
      empty = co_await on(line->executor, is_empty);
    }
    const auto destroy = [&line] { line->connector.reset(); };  // its timers belong to its loop
    co_await on(line->executor, destroy);
  }
}

}  // namespace leafgate::tunnel
