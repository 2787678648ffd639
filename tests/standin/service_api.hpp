#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "tests/standin/http.hpp"
#include "tests/standin/instance.hpp"
#include "tests/standin/paging.hpp"

namespace leafgate::standin {

struct ServiceCounters {
  // Requests by what they ask: enrollment, enrollments, group, groups, state, states, individualKeys,
  // groupKeys, other. Keys are read by .../attestationmechanism; the plurals are queries.
  std::map<std::string, std::uint64_t> requests;
  std::map<int, std::uint64_t> answers;  // by HTTP status
  std::uint64_t faults = 0;
  std::deque<WallTime> last_minute;  // when its requests came
  std::size_t busiest_minute = 0;    // most requests within any 60 seconds
};

// The reads of the service API (service sheet §1): requests to answers, no I/O. The real one has a host name
// of its own; here both APIs answer at one place, told apart by their paths.
class ServiceApi {
 public:
  explicit ServiceApi(Instance& instance) : instance_(instance) {}

  static bool owns(const Request& request);
  Response handle(const Request& request);
  const ServiceCounters& counters() const { return counters_; }

 private:
  struct Call;

  Call read_call(const Request& request) const;
  Response judge(const Request& request, Call& call);
  bool authorized(const Request& request) const;
  Response route(const Request& request, const Call& call);
  Response enrollment(const Call& call);
  Response query(const Request& request, const Call& call);
  Page page(const Call& call, const Cursor& at, std::size_t size) const;
  nlohmann::json individual(const Enrollment& enrollment) const;
  Response error(const Call& call, int status, int code, std::string_view message) const;

  Instance& instance_;
  ServiceCounters counters_;
};

}  // namespace leafgate::standin
