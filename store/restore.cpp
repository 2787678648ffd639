#include "store/restore.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/crypto/envelope.hpp"
#include "gateway/crypto/hmac.hpp"
#include "store/backup_file.hpp"
#include "store/connection.hpp"
#include "store/file.hpp"
#include "store/key_file.hpp"
#include "store/migrations.hpp"
#include "store/sealed_blob.hpp"
#include "store/sealing_rows.hpp"
#include "store/state_dir.hpp"

namespace leafgate {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t unpacked_at_once = 256 * 1024;

// Takes what came out of the envelope: the head into memory, the database into its file.
class Unpacking {
 public:
  Unpacking(File file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Result<void> take(ByteView plain) {
    if (head_) return write(plain);
    crypto::Secret more(before_.size() + plain.size());
    std::copy(before_.view().begin(), before_.view().end(), more.writable().begin());
    std::copy(plain.begin(), plain.end(),
              more.writable().begin() + static_cast<std::ptrdiff_t>(before_.size()));
    before_ = std::move(more);
    auto read = decode_backup_head(before_.view());
    if (!read) return read.error();
    if (!*read) return {};
    head_ = std::move((*read)->head);
    return write(before_.view().subspan((*read)->octets));
  }

  Result<BackupHead> finish() {
    if (!head_ || written_ != head_->database) return Error(Errc::malformed, "the backup is not all there");
    if (::fsync(file_.get()) != 0) return file_error("sync", path_);
    return std::move(*head_);
  }

 private:
  Result<void> write(ByteView octets) {
    written_ += octets.size();
    return write_all(file_, octets, path_);
  }

  File file_;
  std::string path_;
  crypto::Secret before_;
  std::optional<BackupHead> head_;
  std::uint64_t written_ = 0;
};

Result<BackupHead> unpack(const RestoreOrder& order, const std::string& database) {
  auto reader = crypto::EnvelopeReader::with(order.private_pem);
  if (!reader) return reader.error();
  const File in(::open(order.file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.get() < 0) return Error(Errc::not_found, order.file + " cannot be read");
  auto made = make_private_file(database);
  if (!made) return made.error();
  Unpacking out(std::move(*made), database);
  Bytes room(unpacked_at_once);
  for (;;) {
    const ssize_t got = ::read(in.get(), room.data(), room.size());
    if (got < 0) return Error(Errc::not_found, order.file + " cannot be read");
    const auto plain =
        got == 0 ? reader->finish() : reader->add(ByteView(room).first(static_cast<std::size_t>(got)));
    if (!plain) return plain.error();
    if (auto taken = out.take(plain->view()); !taken) return taken.error();
    if (got == 0) return out.finish();
  }
}

// What its key has to be, and the mark by which the next start knows an operator's restore.
Result<void> mark(Connection& connection, const crypto::Secret& key) {
  const auto rows = sealing_rows::list(connection);
  if (!rows) return rows.error();
  if (rows->size() != 1 || rows->front().proof != SealingKey::proof(key))
    return Error(Errc::refused, "the key in the backup is not the one its secrets are sealed with");
  const auto newest = sealing_rows::newest_signed(connection);
  if (!newest) return newest.error();
  const SealingKey sealing(rows->front().id, key.copy());
  const auto mac =
      crypto::hmac_sha256(sealing.mac_key().view(), as_bytes(sealing_rows::restore_message(*newest)));
  sealing_rows::RestoreMark restored;
  restored.sequence = *newest;
  restored.mac = std::string(as_text(mac));
  return sealing_rows::set_restored(connection, restored);
}

Result<int> check(const std::string& database, const crypto::Secret& key) {
  int version = 0;
  {
    auto connection = Connection::open(database, Connection::Access::read_write);
    if (!connection)
      return Error(Errc::refused, "the backup holds no database: " + connection.error().detail);
    if (auto checked = connection->quick_check(); !checked)
      return Error(Errc::refused, "the database in the backup is damaged: " + checked.error().detail);
    const auto found = readable_version(*connection, embedded_migrations());
    if (!found) return found.error();
    version = *found;
    if (auto marked = mark(*connection, key); !marked) return marked.error();
    const auto left = connection->checkpoint(true);
    if (!left) return left.error();
    if (*left != 0) return Error(Errc::internal, "the log is in use");
  }
  ::unlink((database + "-wal").c_str());
  ::unlink((database + "-shm").c_str());
  if (auto synced = sync_file(database); !synced) return synced.error();
  return version;
}

std::string name_at(WallTime now) {
  std::string text = to_rfc3339(now).substr(0, 23);
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return "replaced-" + text + "Z";
}

bool holds_a_store(const StateDir& dir) {
  std::error_code none;
  const auto octets = fs::file_size(dir.database(), none);
  return (!none && octets > 0) || fs::exists(dir.key_file(), none);
}

// Everything belongs to whom the state folder belongs: root restores, the daemon reads.
Result<void> give_to_owner(const std::string& state_dir, const std::string& part) {
  struct stat owner {};
  if (::stat(state_dir.c_str(), &owner) != 0) return file_error("look at", state_dir);
  if (::geteuid() == owner.st_uid) return {};
  std::vector<std::string> paths{part, state_dir + "/lock"};
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(part, failed)) paths.push_back(entry.path().string());
  for (const std::string& path : paths)
    if (::lchown(path.c_str(), owner.st_uid, owner.st_gid) != 0) return file_error("give away", path);
  return {};
}

Result<Restored> prepare(const RestoreOrder& order, const std::string& part) {
  std::error_code failed;
  fs::remove_all(part, failed);
  if (::mkdir(part.c_str(), 0700) != 0) return file_error("make", part);
  auto head = unpack(order, part + "/leafgate.db");
  if (!head) return head.error();
  const auto version = check(part + "/leafgate.db", head->key);
  if (!version) return version.error();
  if (auto written = KeyFile(part + "/sealing.key").write(head->key); !written) return written.error();
  Restored out;
  out.gateway = head->gateway;
  out.made = head->made;
  out.octets = head->database;
  out.version = *version;
  out.replaced = order.state_dir + "/" + name_at(order.now);
  const std::string aside = part + "/" + name_at(order.now);
  if (::mkdir(aside.c_str(), 0700) != 0) return file_error("make", aside);
  if (auto given = give_to_owner(order.state_dir, part); !given) return given.error();
  if (auto synced = sync_folder(part); !synced) return synced.error();
  return out;
}

// What a check made, or a failure left, has the key of the store in it.
void drop(const std::string& part) {
  (void)KeyFile(part + "/sealing.key").remove();
  std::error_code none;
  fs::remove_all(part, none);
}

}  // namespace

Result<Restored> restore(const RestoreOrder& order) {
  const auto dir = StateDir::hold(order.state_dir);
  if (!dir) return dir.error();
  if (auto finished = finish_restore(order.state_dir); !finished) return finished.error();
  if (holds_a_store(*dir) && !order.replace)
    return Error(Errc::conflict, order.state_dir + " holds a store: with --force it is moved aside");
  const std::string part = order.state_dir + "/restore.part";
  auto ready = prepare(order, part);
  Result<void> may;
  if (ready && order.before_step) may = order.before_step();
  if (!may) return may.error();
  if (ready && std::rename(part.c_str(), (order.state_dir + "/restored").c_str()) != 0)
    ready = file_error("move", part);
  if (!ready) {
    drop(part);
    return ready;
  }
  if (auto synced = sync_folder(order.state_dir); !synced) return synced.error();
  if (auto placed = finish_restore(order.state_dir, order.before_step); !placed) return placed.error();
  std::error_code none;
  if (!fs::exists(ready->replaced, none)) ready->replaced.clear();
  return ready;
}

}  // namespace leafgate
