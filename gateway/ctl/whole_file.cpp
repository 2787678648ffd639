#include "gateway/ctl/whole_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace leafgate::ctl {
namespace {

// Nothing may take its name.
bool is_no_file(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 && (S_ISCHR(facts.st_mode) || S_ISFIFO(facts.st_mode));
}

}  // namespace

WholeFile::WholeFile(std::string path, mode_t mode) : path_(std::move(path)) {
  if (is_no_file(path_)) {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd_ < 0) fail();
    return;
  }
  part_ = path_ + ".part";
  ::unlink(part_.c_str());
  fd_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd_ < 0) fail();
}

WholeFile::~WholeFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!part_.empty() && !named_) ::unlink(part_.c_str());
}

void WholeFile::add(std::string_view octets) {
  while (trouble_.empty() && !octets.empty()) {
    const ssize_t size = ::write(fd_, octets.data(), octets.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return fail();
    octets.remove_prefix(static_cast<std::size_t>(size));
    written_ += static_cast<std::uint64_t>(size);
  }
}

void WholeFile::name() {
  if (!trouble_.empty() || part_.empty()) return;
  if (::fsync(fd_) != 0 || std::rename(part_.c_str(), path_.c_str()) != 0) return fail();
  named_ = true;
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  const int dir = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0 || ::fsync(dir) != 0) fail();
  if (dir >= 0) ::close(dir);
}

void WholeFile::fail() { trouble_ = path_ + " cannot be written: " + std::strerror(errno); }

}  // namespace leafgate::ctl
