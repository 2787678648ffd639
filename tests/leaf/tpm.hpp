#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace leafgate::leaf {

// A TPM that cannot be reached or refuses; `what()` names the command and says why in the words of tss2.
struct TpmError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The leaf's TPM as DPS's SDKs use it (device sheet §5): EK at 0x81010001, storage root key at 0x81000001,
// the key that came last in the slot 0x81000100. Octets in, octets out. One thread. Everything throws
// TpmError.
class LeafTpm {
 public:
  // For example "swtpm:path=SOCKET". Takes the keys that are there; a missing EK is made from the TCG
  // template without persisting it, a missing storage root key is made and persisted.
  explicit LeafTpm(const std::string& tcti);
  ~LeafTpm();
  LeafTpm(const LeafTpm&) = delete;
  LeafTpm& operator=(const LeafTpm&) = delete;

  // TPM2B_PUBLIC with its size prefix.
  const std::string& endorsement_area() const;
  const std::string& storage_area() const;

  // Takes an authenticationKey (octets) in and puts its key into the slot, where it replaces what was there.
  void activate(std::string_view authentication_key);
  // HMAC-SHA256 with the key in the slot; up to 1,024 octets.
  std::string hmac(std::string_view text);
  bool slot_taken();
  int slot_writes() const { return slot_writes_; }

 private:
  struct Context;
  std::unique_ptr<Context> context_;
  int slot_writes_ = 0;
};

}  // namespace leafgate::leaf
