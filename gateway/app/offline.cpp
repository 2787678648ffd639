#include "gateway/app/offline.hpp"

#include <ostream>

#include "gateway/app/small_file.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/runtime/wall_time.hpp"
#include "store/restore.hpp"
#include "store/wipe.hpp"

namespace leafgate {
namespace {

constexpr std::size_t longest_key = 64 * 1024;

Exit refuse(std::ostream& err, const Error& error) {
  err << "leafgated: " << error.detail << "\n";
  return exit_of(error);
}

std::string name_in_hex(const Bytes& name) { return name.empty() ? "none" : crypto::hex(name); }

std::string index_in_hex(std::uint32_t index) {
  Bytes octets;
  for (int shift = 24; shift >= 0; shift -= 8) octets.push_back(static_cast<std::uint8_t>(index >> shift));
  return "0x" + crypto::hex(octets);
}

}  // namespace

Exit restore_state(const RestoreWish& wish, std::ostream& out, std::ostream& err) {
  auto key = read_small_file(wish.key_file, longest_key);
  if (!key) return refuse(err, key.error());
  RestoreOrder order;
  order.file = wish.file;
  order.private_pem = std::move(*key);
  order.state_dir = wish.state_dir;
  order.replace = wish.force;
  order.now = system_wall_time();
  const auto restored = restore(order);
  if (!restored) return refuse(err, restored.error());
  out << "restored into " << wish.state_dir << ": the backup of gateway " << restored->gateway << " of "
      << to_rfc3339(restored->made) << ", " << restored->octets << " octets, schema " << restored->version
      << "\n";
  if (!restored->replaced.empty()) out << "what was there is in " << restored->replaced << "\n";
  out << "the next start gives its key to the TPM of this board, where one is wanted, and begins a new "
         "epoch\n"
      << "keys of groups that were in the TPM of another board are imported again: leafgatectl status says "
         "which\n";
  return Exit::stopped;
}

Exit wipe_state(const WipeWish& wish, std::ostream& out, std::ostream& err) {
  if (!wish.yes) {
    err << "leafgated: this overwrites and removes the store in " << wish.state_dir
        << ", its keys first; nothing brings them back but a backup. Say --yes to do it.\n";
    return Exit::usage;
  }
  const WallTime at = system_wall_time();
  const auto wiped = wipe(wish.state_dir);
  if (!wiped) return refuse(err, wiped.error());
  out << "wiped at:      " << to_rfc3339(at) << "\n"
      << "gateway:       " << (wish.gateway.empty() ? "unknown" : wish.gateway) << "\n"
      << "state folder:  " << wish.state_dir << "\n"
      << "database:      "
      << (wiped->database_sha256.empty()
              ? std::string("none")
              : "SHA-256 " + wiped->database_sha256 + ", " + std::to_string(wiped->octets) + " octets")
      << "\n";
  if (wiped->anchor) {
    out << "TPM, its EK:   " << name_in_hex(wiped->anchor->endorsement_name) << "\n"
        << "TPM, its SRK:  " << name_in_hex(wiped->anchor->storage_name) << "\n"
        << "stays in it:   the counter " << index_in_hex(wiped->anchor->counter_index)
        << " and the storage root key; neither is of use without what was wiped\n";
  } else {
    out << "TPM:           none was set up for it, or that could not be read\n";
  }
  if (!wiped->trouble.empty()) out << "not readable:  " << wiped->trouble << "\n";
  for (const std::string& name : wiped->left) out << "left there:    " << name << "\n";
  return Exit::stopped;
}

}  // namespace leafgate
