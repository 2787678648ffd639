#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gateway/flows/forward.hpp"
#include "gateway/ports/own_identity.hpp"
#include "gateway/ports/tpm_operator.hpp"

namespace leafgate {

// The gateway as a device of the service: registers itself by its TPM, once, and keeps where it was put and
// the key that its hub knows it by, sealed. Each registration by a TPM rolls the hub key, so it is not asked
// for again while the record stands for this very TPM and name, and not at all where another client of DPS
// uses this TPM. First loop only.
class OwnRegistration {
 public:
  // All outlive it.
  struct Ports {
    Tpm& tpm;
    ProvisioningService& service;
    Forwarder& forwarder;  // whose pace it keeps, as a relay
    Trust& trust;
    OwnIdentityStore& store;
    WallClock& clock;
    Random& random;
  };
  struct Options {
    bool wanted = false;
    std::string registration_id;  // empty: by DPS's rule from the endorsement key
    std::vector<std::string> hub_suffixes;
  };
  OwnRegistration(Executor loop, Ports ports, IdScope scope, Options options);

  // Until it is assigned, refused, or stop(); at once where it is not wanted.
  Task<void> run();
  void stop();
  void tpm_changed() { wakeup_.notify(); }
  void set_hub_suffixes(std::vector<std::string> suffixes) { options_.hub_suffixes = std::move(suffixes); }

  [[nodiscard]] const OwnRegistrationReport& report() const { return report_; }
  // Under which name: configured, or made of the endorsement key.
  [[nodiscard]] std::string registration_id(const TpmIdentity& identity) const;

 private:
  struct Round {  // one registration under way
    explicit Round(RegistrationId i) : id(std::move(i)) {}
    RegistrationId id;
    TpmKeys keys;
    std::string token;
    std::string endorsement;
  };
  Task<bool> attempt();  // true: nothing more is to be done
  Task<Result<void>> challenge(Round& round);
  Task<Result<void>> sign(Round& round, TpmObject key);
  Task<bool> converse(Round& round);
  Task<bool> take_in(Round& round, ServiceAnswer answer);
  bool wait_for(std::string why);
  bool refuse(std::string why);

  Ports ports_;
  IdScope scope_;
  Options options_;
  OwnRegistrationReport report_;
  Wakeup wakeup_;
  bool stopping_ = false;
};

}  // namespace leafgate
