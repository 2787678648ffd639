#include "store/file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>

#include "store/state_dir.hpp"

namespace leafgate {
namespace {

constexpr std::size_t zeros_at_once = 1 << 20;

}  // namespace

Error file_error(const std::string& what, const std::string& path) {
  const bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  return Error(full ? Errc::store_full : Errc::store_fault, what + " " + path + ": " + std::strerror(errno));
}

Result<File> make_private_file(const std::string& path) {
  ::unlink(path.c_str());
  File file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return file_error("make", path);
  return file;
}

Result<void> write_all(const File& file, ByteView octets, const std::string& path) {
  while (!octets.empty()) {
    const ssize_t size = ::write(file.get(), octets.data(), octets.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return file_error("write", path);
    octets = octets.subspan(static_cast<std::size_t>(size));
  }
  return {};
}

Result<void> overwrite_and_remove(const std::string& path) {
  {
    const File file(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file.get() < 0 && errno == ENOENT) return {};
    if (file.get() < 0 && errno != ELOOP) return file_error("open", path);
    struct stat facts {};
    if (file.get() >= 0 && ::fstat(file.get(), &facts) != 0) return file_error("look at", path);
    if (file.get() >= 0 && S_ISREG(facts.st_mode)) {
      const Bytes zeros(std::min<std::size_t>(zeros_at_once, static_cast<std::size_t>(facts.st_size)));
      for (auto left = static_cast<std::size_t>(facts.st_size); left > 0;) {
        const std::size_t size = std::min(left, zeros.size());
        if (auto done = write_all(file, ByteView(zeros).first(size), path); !done) return done;
        left -= size;
      }
      if (::fsync(file.get()) != 0) return file_error("sync", path);
    }
  }
  if (::unlink(path.c_str()) != 0) return file_error("remove", path);
  return sync_folder(path.substr(0, path.rfind('/')));
}

}  // namespace leafgate
