#include "store/backup_file.hpp"

#include <algorithm>
#include <string_view>

#include "store/sealed_blob.hpp"

namespace leafgate {
namespace {

constexpr std::string_view family = "leafgate backup ";
constexpr std::string_view magic = "leafgate backup 1\n";
constexpr std::size_t longest_name = 1'024;

void put(Bytes& out, std::uint64_t value, int octets) {
  for (int i = octets - 1; i >= 0; --i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t number(ByteView octets) {
  std::uint64_t out = 0;
  for (const std::uint8_t octet : octets) out = out << 8U | octet;
  return out;
}

}  // namespace

crypto::Secret encode(const BackupHead& head) {
  const std::string_view name = std::string_view(head.gateway).substr(0, longest_name);
  Bytes before(magic.begin(), magic.end());
  put(before, static_cast<std::uint64_t>(head.made.time_since_epoch().count()), 8);
  put(before, name.size(), 2);
  before.insert(before.end(), name.begin(), name.end());
  Bytes size;
  put(size, head.database, 8);
  crypto::Secret out(before.size() + head.key.size() + size.size());
  auto end = std::copy(before.begin(), before.end(), out.writable().begin());
  end = std::copy(head.key.view().begin(), head.key.view().end(), end);
  std::copy(size.begin(), size.end(), end);
  return out;
}

Result<std::optional<ReadBackupHead>> decode_backup_head(ByteView octets) {
  const std::size_t seen = std::min(octets.size(), magic.size());
  if (as_text(octets.first(seen)) != magic.substr(0, seen)) {
    const bool later = as_text(octets).starts_with(family);
    return later ? Error(Errc::unsupported, "the backup is of a later leafgated")
                 : Error(Errc::malformed, "the envelope holds no backup");
  }
  constexpr std::size_t before_name = magic.size() + 10;
  if (octets.size() < before_name) return std::optional<ReadBackupHead>();
  const std::size_t name = number(octets.subspan(magic.size() + 8, 2));
  if (name > longest_name) return Error(Errc::malformed, "the backup names no gateway");
  const std::size_t all = before_name + name + SealingKey::octets + 8;
  if (octets.size() < all) return std::optional<ReadBackupHead>();
  ReadBackupHead out;
  out.octets = all;
  out.head.made = WallTime(Millis(static_cast<std::int64_t>(number(octets.subspan(magic.size(), 8)))));
  out.head.gateway = as_text(octets.subspan(before_name, name));
  out.head.key = crypto::Secret(octets.subspan(before_name + name, SealingKey::octets));
  out.head.database = number(octets.subspan(all - 8, 8));
  return std::optional<ReadBackupHead>(std::move(out));
}

}  // namespace leafgate
