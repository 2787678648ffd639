#include "store/key_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>

#include "gateway/crypto/base64.hpp"
#include "store/file.hpp"
#include "store/sealed_blob.hpp"
#include "store/state_dir.hpp"

namespace leafgate {
namespace {

constexpr std::string_view key_file_head = "leafgate sealing key 1\n";
constexpr std::size_t largest = 128;

crypto::Secret line_of(const crypto::Secret& key) {
  std::string text = crypto::base64::encode(key.view());
  crypto::Secret out(key_file_head.size() + text.size() + 1);
  auto end = std::copy(key_file_head.begin(), key_file_head.end(), out.writable().begin());
  end = std::copy(text.begin(), text.end(), end);
  *end = '\n';
  ::explicit_bzero(text.data(), text.size());
  return out;
}

Result<crypto::Secret> key_in(ByteView content, const std::string& path) {
  const std::string_view text = as_text(content);
  const Error other(Errc::conflict, path + " holds no sealing key");
  if (!text.starts_with(key_file_head) || !text.ends_with('\n')) return other;
  auto key = crypto::base64::decode_secret(
      text.substr(key_file_head.size(), text.size() - key_file_head.size() - 1));
  if (!key || key->size() != SealingKey::octets) return other;
  return key;
}

}  // namespace

Result<std::optional<crypto::Secret>> KeyFile::read() const {
  const File file(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::optional<crypto::Secret>();
    if (errno == ELOOP) return Error(Errc::conflict, path_ + " is a link");
    return file_error("open", path_);
  }
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return file_error("look at", path_);
  if (!S_ISREG(facts.st_mode)) return Error(Errc::conflict, path_ + " is not a file");
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return Error(Errc::conflict,
                 path_ +
                     " may be read by group or others: its key is no secret any more; make it "
                     "0600, and set up a TPM or enroll the keys anew");
  crypto::Secret content(largest);
  const ssize_t size = ::read(file.get(), content.writable().data(), content.size());
  if (size < 0) return file_error("read", path_);
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
  {
    auto file = make_private_file(part);
    if (!file) return file.error();
    const crypto::Secret line = line_of(key);
    auto written = write_all(*file, line.view(), part);
    if (written && ::fsync(file->get()) != 0) written = file_error("sync", part);
    if (!written) {
      ::unlink(part.c_str());
      return written;
    }
  }
  if (std::rename(part.c_str(), path_.c_str()) != 0) return file_error("name", path_);
  return sync_file(path_);
}

Result<void> KeyFile::remove() const {
  if (auto removed = overwrite_and_remove(path_ + ".part"); !removed) return removed;
  return overwrite_and_remove(path_);
}

}  // namespace leafgate
