#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tests/standin/http.hpp"
#include "tests/standin/instance.hpp"
#include "tests/standin/quota.hpp"

namespace leafgate::standin {

struct DeviceCounters {
  std::uint64_t registers = 0;
  std::uint64_t challenges = 0;  // of these, those that a TPM was challenged for
  std::uint64_t polls = 0;
  std::uint64_t lookups = 0;
  std::uint64_t others = 0;
  std::uint64_t faults = 0;
  std::map<std::string, std::uint64_t> transports;  // requests by "https", "mqtt" or "mqtt-ws"
  std::map<int, std::uint64_t> answers;             // by HTTP status
  std::map<std::string, std::uint64_t> outcomes;    // final answers by status
};

// The device API: requests to answers, no I/O.
class DeviceApi {
 public:
  explicit DeviceApi(Instance& instance) : instance_(instance) {
    quota_.set(instance.settings.quota, std::chrono::duration<double>(instance.settings.quota_window));
  }

  Response handle(const Request& request);
  const DeviceCounters& counters() const { return counters_; }
  const Quota& quota() const { return quota_; }

 private:
  struct Call;

  Response route(const Request& request, Call& call);
  Response register_device(const Request& request, Call& call);
  Response poll(const Request& request, Call& call);
  Response lookup(const Request& request, Call& call);

  // Nothing when the caller is who it says; else the refusal.
  std::optional<Response> refusal(const Request& request, Call& call, const Enrollment*& enrollment);
  // The same for a token that signs with the key of a challenge. Nothing in `enrollment`: there is none, and
  // the operation tells.
  std::optional<Response> tpm_refusal(const Request& request, const Call& call,
                                      const Enrollment*& enrollment) const;
  // For a register request without a credential that shows the keys of a TPM; else nothing.
  std::optional<Response> challenge(const Request& request, Call& call);
  std::shared_ptr<const TpmRound> round_of(const Call& call);
  std::optional<Response> before_answer(Call& call);
  void note_credential(const Request& request, const Call& call);
  void in_progress(const Request& request, const Call& call, Response& response) const;
  Response error(const Call& call, int status, int code, std::string_view message) const;

  Instance& instance_;
  DeviceCounters counters_;
  Quota quota_;
};

}  // namespace leafgate::standin
