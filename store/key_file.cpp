#include "store/key_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/crypto/base64.hpp"
#include "store/sealed_blob.hpp"
#include "store/state_dir.hpp"

namespace leafgate {
namespace {

constexpr std::string_view head = "leafgate sealing key 1\n";
constexpr std::size_t largest = 128;

Error failed(const std::string& what, const std::string& path) {
  return Error(errno == ENOSPC || errno == EDQUOT ? Errc::store_full : Errc::store_fault,
               what + " " + path + ": " + std::strerror(errno));
}

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Result<void> write_all(int file, ByteView octets, const std::string& path) {
  while (!octets.empty()) {
    const ssize_t size = ::write(file, octets.data(), octets.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return failed("write", path);
    octets = octets.subspan(static_cast<std::size_t>(size));
  }
  if (::fsync(file) != 0) return failed("sync", path);
  return {};
}

crypto::Secret line_of(const crypto::Secret& key) {
  std::string text = crypto::base64::encode(key.view());
  crypto::Secret out(head.size() + text.size() + 1);
  auto end = std::copy(head.begin(), head.end(), out.writable().begin());
  end = std::copy(text.begin(), text.end(), end);
  *end = '\n';
  ::explicit_bzero(text.data(), text.size());
  return out;
}

Result<crypto::Secret> key_in(ByteView content, const std::string& path) {
  const std::string_view text = as_text(content);
  const Error other(Errc::conflict, path + " holds no sealing key");
  if (!text.starts_with(head) || !text.ends_with('\n')) return other;
  auto key = crypto::base64::decode_secret(text.substr(head.size(), text.size() - head.size() - 1));
  if (!key || key->size() != SealingKey::octets) return other;
  return key;
}

}  // namespace

Result<std::optional<crypto::Secret>> KeyFile::read() const {
  const File file(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::optional<crypto::Secret>();
    if (errno == ELOOP) return Error(Errc::conflict, path_ + " is a link");
    return failed("open", path_);
  }
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return failed("look at", path_);
  if (!S_ISREG(facts.st_mode)) return Error(Errc::conflict, path_ + " is not a file");
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return Error(Errc::conflict,
                 path_ +
                     " may be read by group or others: its key is no secret any more; make it "
                     "0600, and set up a TPM or enroll the keys anew");
  crypto::Secret content(largest);
  const ssize_t size = ::read(file.get(), content.writable().data(), content.size());
  if (size < 0) return failed("read", path_);
  const ByteView octets = content.view().first(static_cast<std::size_t>(size));
  if (!octets.empty() && std::ranges::all_of(octets, [](std::uint8_t octet) { return octet == 0; })) {
    if (auto removed = remove(); !removed) return removed.error();
    return std::optional<crypto::Secret>();
  }
  auto key = key_in(octets, path_);
  if (!key) return key.error();
  return std::optional<crypto::Secret>(std::move(*key));
}

Result<void> KeyFile::write(const crypto::Secret& key) const {
  const std::string part = path_ + ".part";
  ::unlink(part.c_str());
  {
    const File file(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file.get() < 0) return failed("make", part);
    const crypto::Secret line = line_of(key);
    auto written = write_all(file.get(), line.view(), part);
    if (!written) {
      ::unlink(part.c_str());
      return written;
    }
  }
  if (std::rename(part.c_str(), path_.c_str()) != 0) return failed("name", path_);
  return sync_file(path_);
}

Result<void> KeyFile::remove() const {
  ::unlink((path_ + ".part").c_str());
  {
    const File file(::open(path_.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    if (file.get() < 0) {
      if (errno == ENOENT) return {};
      return failed("open", path_);
    }
    constexpr std::array<std::uint8_t, largest> nothing{};
    if (auto written = write_all(file.get(), nothing, path_); !written) return written;
  }
  if (::unlink(path_.c_str()) != 0) return failed("remove", path_);
  return sync_folder(path_.substr(0, path_.rfind('/')));
}

}  // namespace leafgate
