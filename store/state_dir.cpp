#include "store/state_dir.hpp"

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/runtime/log.hpp"
#include "store/restore.hpp"

namespace leafgate {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Error failed(const std::string& what, const std::string& path) {
  return Error(Errc::store_fault, what + " " + path + ": " + std::strerror(errno));
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> check_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("make", path);
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return failed("look at", path);
  if (!S_ISDIR(facts.st_mode)) return Error(Errc::conflict, path + " is not a folder");
  if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return Error(Errc::conflict, path + " may be written by group or others; make it 0700");
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    log::warning("state folder is open to group or others", {{"path", path}});
  return {};
}

// SQLite gives its log and index the mode of the database: the file is made with the right one.
Result<void> make_database_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0 || ::fchmod(file.get(), 0600) != 0) return failed("open", path);
  return {};
}

// Root may be the first here, by a restore or a wipe; the daemon must be able to open it afterwards.
void give_to_owner_of(const std::string& folder, int file) {
  struct stat of_folder {};
  if (::geteuid() != 0 || ::stat(folder.c_str(), &of_folder) != 0) return;
  (void)::fchown(file, of_folder.st_uid, of_folder.st_gid);
}

// In order and in large pieces: checking a database reads it all anyway, page by page in the order of its
// trees, which took 4 s of a cold 170 MB where this takes 0.1 s (the check of cached pages then takes 0.2 s).
Result<void> read_through(int file, const std::string& path) {
  std::vector<char> piece(1 << 20);
  ssize_t size = 0;
  do {
    size = ::read(file, piece.data(), piece.size());
  } while (size > 0);
  if (size < 0) return failed("read", path);
  return {};
}

}  // namespace

StateDir::StateDir(StateDir&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

StateDir& StateDir::operator=(StateDir&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

StateDir::~StateDir() {
  if (lock_ >= 0) ::close(lock_);
}

Result<StateDir> StateDir::open(std::string path) {
  auto dir = hold(std::move(path));
  if (!dir) return dir;
  if (auto placed = finish_restore(dir->path()); !placed) return placed.error();
  if (auto made = make_database_file(dir->database()); !made) return made.error();
  return dir;
}

Result<StateDir> StateDir::hold(std::string path) {
  if (auto checked = check_folder(path); !checked) return checked.error();
  const std::string name = path + "/lock";
  Descriptor lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0) return failed("open", name);
  give_to_owner_of(path, lock.get());
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed("lock", name);
    return Error(Errc::in_use, "another leafgated uses " + path);
  }
  return StateDir(std::move(path), lock.release());
}

Result<bool> StateDir::take_clean_mark() {
  if (::unlink(mark().c_str()) != 0) {
    if (errno == ENOENT) return false;
    return failed("remove", mark());
  }
  if (auto synced = sync_folder(path_); !synced) return synced.error();
  return true;
}

Result<void> StateDir::set_clean_mark() {
  const Descriptor file(::open(mark().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0) return failed("make", mark());
  return sync_file(mark());
}

Result<void> sync_folder(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return failed("sync", path);
  return {};
}

Result<void> sync_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0) return failed("sync", path);
  return sync_folder(folder_of(path));
}

Result<void> sync_and_forget_pages(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT) return {};
    return failed("open", path);
  }
  if (::fdatasync(file.get()) != 0) return failed("sync", path);
  const int code = ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
  if (code != 0) return Error(Errc::store_fault, "forget pages of " + path + ": " + std::strerror(code));
  return read_through(file.get(), path);
}

}  // namespace leafgate
