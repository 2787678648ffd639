#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "tests/standin/enrollments.hpp"
#include "tests/standin/faults.hpp"
#include "tests/standin/http.hpp"
#include "tests/standin/registrations.hpp"

namespace leafgate::standin {

struct ServiceSettings {
  std::string id_scope;
  int polls = 0;        // polls answered `assigning` before an operation ends
  int retry_after = 3;  // seconds on every 202; 0 = header absent
  bool chunked = true;  // as the real service sends
};

struct ServiceCounters {
  std::uint64_t registers = 0;
  std::uint64_t polls = 0;
  std::uint64_t lookups = 0;
  std::uint64_t others = 0;
  std::uint64_t faults = 0;
  std::map<std::string, std::uint64_t> transports;  // requests by "https" or "mqtt"
  std::map<int, std::uint64_t> answers;             // by HTTP status
  std::map<std::string, std::uint64_t> outcomes;    // final answers by status
};

// The device API: requests to answers, no I/O. `log` gets one JSON line per request.
class DeviceApi {
 public:
  using Now = std::function<WallTime()>;
  using Log = std::function<void(const std::string&)>;

  // References must outlive this object.
  DeviceApi(ServiceSettings& settings, Enrollments& enrollments, Registrations& registrations, Faults& faults,
            Now now, Log log);

  Response handle(const Request& request);
  const ServiceCounters& counters() const { return counters_; }

 private:
  struct Call;

  Response route(const Request& request, Call& call);
  Response register_device(const Request& request, Call& call);
  Response poll(const Request& request, Call& call);
  Response lookup(const Request& request, Call& call);

  // Nothing when the caller is who it says; else the refusal.
  std::optional<Response> refusal(const Request& request, Call& call, const Enrollment*& enrollment);
  std::optional<Response> before_answer(Call& call);
  void note_credential(const Request& request, const Call& call);
  void in_progress(const Request& request, const Call& call, Response& response) const;
  Response error(const Call& call, int status, int code, std::string_view message) const;

  ServiceSettings& settings_;
  Enrollments& enrollments_;
  Registrations& registrations_;
  Faults& faults_;
  Now now_;
  Log log_;
  ServiceCounters counters_;
};

}  // namespace leafgate::standin
