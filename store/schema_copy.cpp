#include "store/schema_copy.hpp"

#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include "gateway/runtime/log.hpp"
#include "store/state_dir.hpp"

namespace leafgate {
namespace {

namespace fs = std::filesystem;

std::string copy_of(const std::string& path, int version) {
  return path + ".before-" + std::to_string(version);
}

Result<void> write_copy(Connection& connection, const std::string& part) {
  // Made here, empty, so that it has its mode before it has secrets in it.
  const int file = ::open(part.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return Error(Errc::store_fault, "cannot make " + part);
  ::close(file);
  Query query(connection, "VACUUM INTO ?1");
  if (auto written = query.text(1, part).run(); !written) return written;
  return sync_file(part);
}

std::string size_text_of(const std::string& path) {
  std::error_code failed;
  const auto octets = fs::file_size(path, failed);
  return std::to_string(failed ? 1 : octets / 1'048'576 + 1) + " MiB";
}

void forget_copies(const std::string& path, const std::string& but) {
  const fs::path database(path);
  const std::string prefix = database.filename().string() + ".before-";
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(database.parent_path(), failed)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(prefix, 0) != 0 || name == but) continue;
    if (::unlink(entry.path().c_str()) == 0) log::notice("older copy removed", {{"copy", name}});
  }
}

}  // namespace

Result<void> copy_before_migration(Connection& connection, const std::string& path, int version) {
  const std::string copy = copy_of(path, version);
  const std::string part = copy + ".part";
  if (auto written = write_copy(connection, part); !written) {
    ::unlink(part.c_str());
    if (written.error().code != Errc::store_full) return written;
    return Error(Errc::store_full,
                 "no room to copy the database before its migration: " + size_text_of(path) +
                     " are wanted beside " + path + "; nothing was changed");
  }
  if (std::rename(part.c_str(), copy.c_str()) != 0) return Error(Errc::store_fault, "cannot name " + copy);
  log::notice("database copied before its migration", {{"copy", copy}});
  return sync_file(copy);
}

void forget_other_copies(const std::string& path, int kept) {
  forget_copies(path, copy_of(fs::path(path).filename().string(), kept));
}

void forget_all_copies(const std::string& path) { forget_copies(path, {}); }

}  // namespace leafgate
