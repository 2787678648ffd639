#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/leaf/tpm.hpp"
#include "tests/leaf/tpm_way.hpp"

namespace leafgate::leaf {

struct TpmVisitSettings {
  std::string id_scope;
  std::string registration_id;
  std::string endorsement_area;  // what it says that its EK is
  nlohmann::json payload;        // null: none
  std::string prove;             // text for the proof that the hub key is in the TPM
  bool tpm_in_second_put = true;
  // What honest leaves do not do.
  bool wrong_token = false;  // signs with a key of its own making
  bool hurry = false;        // polls at once, not when it is told to
  bool replay = false;  // once assigned, sends its token again, and then as the answer to a new challenge
};

// One registration by TPM attestation, from the challenge to the proof (device sheet §5.1).
class TpmVisit {
 public:
  // References must outlive the object.
  TpmVisit(LeafTpm& tpm, Way& way, TpmVisitSettings settings)
      : tpm_(tpm), way_(way), settings_(std::move(settings)) {}

  // The line that the program prints. Its `status` is "assigned", "failed", "disabled", "refused",
  // "no-answer", or "broken" where the answer is none that a device can use.
  nlohmann::json run();

 private:
  void register_once();
  Reply put(const std::string& token, bool with_tpm);
  std::string sign(const std::string& authentication_key);
  void follow(Reply reply, const std::string& token);
  void take(const Reply& final);
  void replay();
  void tell(const Reply& reply, const char* status);

  LeafTpm& tpm_;
  Way& way_;
  TpmVisitSettings settings_;
  nlohmann::json line_;
  std::string token_;
  int challenges_ = 0;
};

}  // namespace leafgate::leaf
