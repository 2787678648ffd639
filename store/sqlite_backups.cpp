#include "store/sqlite_backups.hpp"

#include <algorithm>
#include <charconv>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "gateway/crypto/envelope.hpp"
#include "store/backup_file.hpp"
#include "store/file.hpp"
#include "store/sealed_blob.hpp"
#include "store/sealing_rows.hpp"

namespace leafgate {
namespace {

constexpr std::size_t copied_at_once = 256 * 1024;
constexpr std::size_t tag = 16;
// Left to the writer beside the copy: who makes a backup must not be the one who fills the disk.
constexpr std::uint64_t left_free = 16 << 20;

std::uint64_t size_in_envelope(std::uint64_t head, std::uint64_t plain) {
  const std::uint64_t chunks =
      std::max<std::uint64_t>(1, (plain + crypto::envelope_chunk - 1) / crypto::envelope_chunk);
  return head + plain + chunks * tag;
}

class EnvelopedCopy : public BackupSource {
 public:
  EnvelopedCopy(File copy, std::uint64_t octets, crypto::EnvelopeWriter writer, const crypto::Secret& head)
      : copy_(std::move(copy)), left_(octets), writer_(std::move(writer)) {
    // The head is shorter than a chunk: what comes is the envelope's own beginning.
    ready_ = writer_.add(head.view());
    size_ = size_in_envelope(ready_.size(), head.size() + octets);
  }

  [[nodiscard]] std::uint64_t size() const override { return size_; }

  Result<Bytes> next() override {
    Bytes room(copied_at_once);
    while (ready_.empty() && !ended_) {
      const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, room.size()));
      const ssize_t got = wanted == 0 ? 0 : ::read(copy_.get(), room.data(), wanted);
      if (got < 0 || (got == 0 && wanted > 0)) return Error(Errc::store_fault, "the copy cannot be read");
      ready_ =
          wanted == 0 ? writer_.finish() : writer_.add(ByteView(room).first(static_cast<std::size_t>(got)));
      left_ -= static_cast<std::uint64_t>(got);
      ended_ = wanted == 0;
    }
    return std::exchange(ready_, {});
  }

 private:
  File copy_;
  std::uint64_t left_;
  crypto::EnvelopeWriter writer_;
  Bytes ready_;
  std::uint64_t size_ = 0;
  bool ended_ = false;
};

Result<void> look_for_room(Connection& connection, const std::string& folder) {
  const auto text = connection.ask("SELECT page_count*page_size FROM pragma_page_count, pragma_page_size");
  if (!text) return text.error();
  std::uint64_t octets = 0;
  std::from_chars(text->data(), text->data() + text->size(), octets);
  struct statvfs facts {};
  if (::statvfs(folder.c_str(), &facts) != 0) return file_error("look at", folder);
  if (std::uint64_t{facts.f_bavail} * facts.f_frsize >= octets + left_free) return {};
  return Error(Errc::store_full,
               "no room for a backup: " + std::to_string((octets + left_free) / 1'048'576 + 1) +
                   " MiB are wanted in " + folder);
}

// That key and no other must open the copy.
Result<void> check_key(const std::string& part, const crypto::Secret& key) {
  auto copy = Connection::open(part, Connection::Access::read_only);
  if (!copy) return copy.error();
  const auto rows = sealing_rows::list(*copy);
  if (!rows) return rows.error();
  if (rows->size() == 1 && rows->front().proof == SealingKey::proof(key)) return {};
  return Error(Errc::throttled, "secrets are being sealed anew: make the backup when that has ended");
}

Result<File> write_copy(Connection& connection, const std::string& part, const crypto::Secret& key) {
  // Made here, empty, so that it has its mode before it has anything in it.
  if (auto made = make_private_file(part); !made) return made.error();
  Query query(connection, "VACUUM INTO ?1");
  if (auto written = query.text(1, part).run(); !written) return written.error();
  if (auto fits = check_key(part, key); !fits) return fits.error();
  File file(::open(part.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (file.get() < 0) return file_error("open", part);
  return file;
}

Result<File> copy_database(Connection& connection, const std::string& folder, const crypto::Secret& key) {
  if (auto room = look_for_room(connection, folder); !room) return room.error();
  const std::string part = folder + "/backup.part";
  auto copy = write_copy(connection, part, key);
  ::unlink(part.c_str());
  // A copy that fails says nothing against the database: whoever uses that finds out.
  if (!copy && copy.error().code == Errc::store_fault) return Error(Errc::internal, copy.error().detail);
  return copy;
}

}  // namespace

SqliteBackups::SqliteBackups(Worker& upkeep, std::string folder)
    : upkeep_(upkeep), folder_(std::move(folder)) {
  ::unlink((folder_ + "/backup.part").c_str());
}

Task<Result<std::shared_ptr<BackupSource>>> SqliteBackups::make(BackupOrder order) {
  auto writer = crypto::EnvelopeWriter::to(order.recipient);
  if (!writer) co_return writer.error();
  auto copy = [&](Connection& connection) { return copy_database(connection, folder_, order.key); };
  auto file = co_await upkeep_.ask(copy);
  if (!file) co_return file.error();
  struct stat facts {};
  if (::fstat(file->get(), &facts) != 0) co_return file_error("look at", "the copy");
  BackupHead head;
  head.gateway = std::move(order.gateway);
  head.made = order.made;
  head.key = std::move(order.key);
  head.database = static_cast<std::uint64_t>(facts.st_size);
  const crypto::Secret octets = encode(head);
  std::shared_ptr<BackupSource> source =
      std::make_shared<EnvelopedCopy>(std::move(*file), head.database, std::move(*writer), octets);
  co_return source;
}

}  // namespace leafgate
