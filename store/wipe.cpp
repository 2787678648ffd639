#include "store/wipe.hpp"

#include <algorithm>
#include <filesystem>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "gateway/crypto/digest.hpp"
#include "store/connection.hpp"
#include "store/file.hpp"
#include "store/key_file.hpp"
#include "store/sealing_rows.hpp"
#include "store/state_dir.hpp"

namespace leafgate {
namespace {

namespace fs = std::filesystem;

bool is_ours(const std::string& name) {
  for (const char* all : {"reserve", "clean", "backup.part", "restored", "restore.part"})
    if (name == all) return true;
  for (const char* prefix : {"leafgate.db", "sealing.key", "shown", "replaced-"})
    if (name.starts_with(prefix)) return true;
  return false;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed))
    out.push_back(entry.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

Result<void> digest(const std::string& path, WipeRecord& record) {
  const File file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (file.get() < 0) return file_error("open", path);
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return file_error("look at", path);
  record.octets = static_cast<std::uint64_t>(facts.st_size);
  if (record.octets == 0) return {};
  void* all = ::mmap(nullptr, record.octets, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (all == MAP_FAILED) return file_error("read", path);
  record.database_sha256 =
      crypto::hex(crypto::sha256(ByteView(static_cast<const std::uint8_t*>(all), record.octets)));
  ::munmap(all, record.octets);
  return {};
}

Result<void> in_connection(const std::string& path, Result<void> (*act)(Connection&, WipeRecord&),
                           WipeRecord& record) {
  auto connection = Connection::open(path, Connection::Access::read_write);
  if (!connection) return connection.error();
  if (auto done = act(*connection, record); !done) return done;
  const auto left = connection->checkpoint(true);
  return left ? Result<void>() : left.error();
}

Result<void> read_rows(Connection& connection, WipeRecord& record) {
  auto anchor = sealing_rows::anchor(connection);
  if (!anchor) return anchor.error();
  if (*anchor) record.anchor = (*anchor)->anchor;
  return {};
}

// With secure_delete their octets become zeros.
Result<void> delete_keys(Connection& connection, WipeRecord&) {
  return connection.execute(
      "PRAGMA secure_delete=ON; DELETE FROM sealing_key; DELETE FROM tpm_anchor; DELETE FROM derived_key;");
}

Result<void> remove_tree(const std::string& path) {
  std::error_code none;
  if (!fs::is_directory(fs::symlink_status(path, none))) return overwrite_and_remove(path);
  for (const std::string& name : names_in(path)) {
    if (auto removed = remove_tree(path + "/" + name); !removed) return removed;
  }
  if (!fs::remove(path, none)) return file_error("remove", path);
  return {};
}

// In the folder and in those a restore has made.
Result<void> remove_keys(const std::string& folder) {
  for (const std::string& name : names_in(folder)) {
    const std::string path = folder + "/" + name;
    std::error_code none;
    Result<void> done;
    if (fs::is_directory(fs::symlink_status(path, none))) {
      if (is_ours(name)) done = remove_keys(path);
    } else if (name.starts_with("sealing.key") || name.starts_with("leafgate.db.")) {
      done = overwrite_and_remove(path);
    }
    if (!done) return done;
  }
  return {};
}

void note(const Result<void>& done, WipeRecord& record) {
  if (!done && record.trouble.empty()) record.trouble = done.error().detail;
}

}  // namespace

Result<WipeRecord> wipe(const std::string& state_dir) {
  std::error_code none;
  if (!fs::is_directory(state_dir, none)) return Error(Errc::not_found, "no folder " + state_dir);
  const auto dir = StateDir::hold(state_dir);
  if (!dir) return dir.error();
  const auto names = names_in(state_dir);
  if (std::none_of(names.begin(), names.end(), is_ours))
    return Error(Errc::not_found, state_dir + " holds no store");
  WipeRecord record;
  const bool there = fs::file_size(dir->database(), none) > 0 && !none;
  if (there) {
    note(in_connection(dir->database(), read_rows, record), record);
    if (auto digested = digest(dir->database(), record); !digested) return digested.error();
  }
  if (auto removed = remove_keys(state_dir); !removed) return removed.error();
  if (there) note(in_connection(dir->database(), delete_keys, record), record);
  for (const std::string& name : names_in(state_dir)) {
    if (!is_ours(name)) {
      if (name != "lock") record.left.push_back(name);
      continue;
    }
    if (auto removed = remove_tree(state_dir + "/" + name); !removed) return removed.error();
  }
  if (auto synced = sync_folder(state_dir); !synced) return synced.error();
  return record;
}

}  // namespace leafgate
