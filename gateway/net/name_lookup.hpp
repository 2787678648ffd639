#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "gateway/net/deadlines.hpp"

namespace leafgate::net {

using Addresses = std::vector<boost::asio::ip::address>;

// What the system's resolver says: blocks for as long as its name servers are waited for. Errors:
// unreachable.
Result<Addresses> resolve_here(const std::string& host);

// Turns names into addresses for one loop. getaddrinfo cannot be interrupted, so each runs on a thread of its
// own that whoever waits may leave behind: neither a deadline nor a stop waits for a name server. At most one
// thread per name; who asks for the same name meanwhile waits with the first. Outlives every find();
// destroyed on its loop.
class NameLookup {
 public:
  // `resolve` runs on foreign threads, and may outlive this.
  using Resolve = std::function<Result<Addresses>(const std::string& host)>;

  explicit NameLookup(const Executor& loop, Resolve resolve = resolve_here);
  ~NameLookup();
  NameLookup(const NameLookup&) = delete;
  NameLookup& operator=(const NameLookup&) = delete;

  // In the order to try them; an address is its own answer. Errors: what `resolve` gives; timed_out, stopped.
  // `waiting` bounds it: the caller's deadlines, which stop it too.
  Task<Result<Addresses>> find(std::string host, TimePoint deadline, Deadlines& waiting);

 private:
  struct Waiter;
  struct Core;
  static void start(const std::shared_ptr<Core>& core, std::string host);

  std::shared_ptr<Core> core_;  // with the threads that may be left behind
};

}  // namespace leafgate::net
