#pragma once

#include <string>
#include <vector>

#include "gateway/crypto/hmac.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate {

// A site with groups whose keys live in the TPM.
class DerivationSite : public Site {
 public:
  void enroll_group(const std::string& id, std::vector<std::string> match = {},
                    std::string_view primary = "the primary group key", std::string_view secondary = {}) {
    const Millis latency = std::exchange(tpm.latency, Millis(0));
    const int commands = tpm.commands;
    Enrollment e;
    e.kind = EnrollmentKind::group;
    e.id = id;
    e.mechanism = Mechanism::symmetric_key;
    e.etag = "1";
    e.match = std::move(match);
    e.primary_key = into_tpm(primary, e);
    if (!secondary.empty()) e.secondary_key = into_tpm(secondary, e);
    enrollments.put(std::move(e));
    if (running) running->ledger.enrollments_changed();
    tpm.latency = latency;
    tpm.commands = commands;
  }

  // As a device of the group signs, whose key was derived from the id as `derived_from`.
  [[nodiscard]] std::string group_token(const std::string& id,
                                        std::string_view group_key = "the primary group key",
                                        std::string derived_from = {}) const {
    if (derived_from.empty()) derived_from = id;
    const auto key = crypto::hmac_sha256(as_bytes(group_key), as_bytes(derived_from));
    return token(id, as_text(key));
  }
  [[nodiscard]] Attempt leaf(const std::string& id, std::string payload = {},
                             const std::string& address = "192.0.2.7") const {
    Attempt a = attempt(id, group_token(id), std::move(payload));
    a.source.address = address;
    return a;
  }
  [[nodiscard]] static Attempt poll_of(Attempt a, const OperationId& operation) {
    a.request = {};
    a.operation = operation;
    return a;
  }
  // As an SDK does: registers, and polls as told until the operation ends.
  Answer provision_leaf(const Attempt& a, Millis patience = std::chrono::seconds(60)) {
    Answer answer = admit(a);
    const TimePoint give_up = simulator.now() + patience;
    while (answer.status == 202 && simulator.now() < give_up) {
      simulator.run_for(answer.retry_after);
      answer = admit(poll_of(a, *answer.operation));
    }
    return answer;
  }
  Answer provision_leaf(const std::string& id) { return provision_leaf(leaf(id)); }

  Derivations& derivations() { return running->derivations; }

 private:
  SealedKey into_tpm(std::string_view group_key, const Enrollment& e) {
    auto make = tpm.make_hmac_key(key(group_key), key("its auth"));
    TpmHmacKey made;
    made.object = simulator.run(std::move(make)).value();
    made.auth = key("its auth");
    return trust.seal_tpm_key(made, reference(e)).value();
  }
};

}  // namespace leafgate
