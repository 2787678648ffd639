#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gateway/flows/ledger.hpp"
#include "gateway/ports/derived_keys.hpp"
#include "gateway/ports/enrollments.hpp"
#include "gateway/ports/random.hpp"
#include "gateway/ports/tpm.hpp"
#include "gateway/ports/trust.hpp"

namespace leafgate {

// Where the keys of groups live: in the TPM when it is ready and set up, as objects that cannot leave it,
// each with a value of its own that opens it; else sealed like any other key. First loop only.
class GroupKeys {
 public:
  struct Ports {
    Tpm& tpm;
    Trust& trust;
    Random& random;
    Enrollments& enrollments;
    DerivedKeys& derived;
    Ledger& ledger;
  };
  explicit GroupKeys(Ports ports) : ports_(ports) {}

  // Held by whoever changes groups in the store, for as long as that takes: what was read before is not
  // written over what he brings, nor does a group come back that he takes out. Null: there is nobody to tell.
  class Change {
   public:
    explicit Change(GroupKeys* keys) : keys_(keys) {
      if (keys_ != nullptr) ++keys_->changes_;
    }
    ~Change() {
      if (keys_ != nullptr) --keys_->changes_;
    }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

   private:
    GroupKeys* keys_;
  };

  // Of this enrollment, for the store. `held` is what stands in its place: when that is the same key in the
  // TPM it stays, and with it whatever was derived by it. Errors: those of Tpm and of Trust, with what they
  // were about.
  Task<Result<SealedKey>> seal(crypto::Secret key, std::string enrollment, std::optional<SealedKey> held);

  // Moves into the TPM what groups still have sealed in software, and gives how many keys that were. Each
  // group is replaced at once; called again after a failure it goes on where it was. Errors: throttled (the
  // TPM is not ready or not set up), conflict (somebody changes groups all the time), those of the ports.
  Task<Result<std::size_t>> move_group_keys();

  // Looks for groups whose keys are objects of another TPM, as in a store that was restored beside another
  // board: asks the TPM once for each key. They want to be imported again; leaves whose keys they have
  // derived before are known on. Errors: throttled (the TPM is not ready or not set up), those of the ports.
  Task<Result<void>> look_for_lost();
  // Their names, "group ID"; those that were imported again meanwhile are out of it.
  [[nodiscard]] const std::vector<std::string>& lost() const { return lost_; }
  [[nodiscard]] bool is_tpm_ready() const { return ports_.tpm.facts().state == TpmState::ready; }
  // Whether the TPM would derive by this group's keys in it now.
  [[nodiscard]] bool derives(const Enrollment& group) const;

  // What was derived by keys that this enrollment, as it is stored now, does not have any more. Trouble is
  // told and costs nothing but room.
  Task<void> forget_derived(Enrollment enrollment);

 private:
  [[nodiscard]] bool is_tpm_set_up() const;
  [[nodiscard]] bool takes_keys() const;
  Task<Result<SealedKey>> make(crypto::Secret key, std::string enrollment);
  Task<Result<bool>> is_lost(SealedKey held, std::string enrollment);
  Task<bool> is_the_same(crypto::Secret key, std::string enrollment, SealedKey held);
  Task<Result<std::size_t>> move_key(std::optional<SealedKey>& key, std::string enrollment);
  Task<Result<std::size_t>> move_keys_of(Enrollment group);

  Ports ports_;
  std::vector<std::string> lost_;
  int changes_ = 0;  // under way
};

}  // namespace leafgate
