#include "adapters/serial/lock_file.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/serial/descriptor.hpp"

namespace leafgate::serial {
namespace {

// The number in a lock file: text, or as some old programs wrote it the integer itself.
std::optional<pid_t> number_in(std::string_view text) {
  if (text.size() == sizeof(pid_t)) {
    pid_t raw = 0;
    std::memcpy(&raw, text.data(), sizeof(raw));
    const bool is_text = text.find_first_not_of(" 0123456789\n") == std::string_view::npos;
    if (!is_text) return raw;
  }
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  pid_t number = 0;
  const auto parsed = std::from_chars(text.data() + begin, text.data() + text.size(), number);
  if (parsed.ec != std::errc() || number <= 0) return std::nullopt;
  return number;
}

enum class Found { none, stale, held };
Found look_at(const std::string& path, pid_t& who) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.is_open()) return errno == ENOENT ? Found::none : Found::held;
  std::array<char, 64> text{};
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  const auto number = number_in(std::string_view(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0));
  // Its writer may be between making and writing it; a file that stays without a number locks for ever.
  if (!number) return Found::held;
  who = *number;
  if (*number == ::getpid()) return Found::stale;
  return ::kill(*number, 0) != 0 && errno == ESRCH ? Found::stale : Found::held;
}

// Puts the whole file there in one step, or fails because there is one.
int put(const std::string& path) {
  const std::string draft = path.substr(0, path.rfind('/')) + "/LTMP." + std::to_string(::getpid());
  ::unlink(draft.c_str());
  const Descriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file.is_open()) return errno;
  std::array<char, 16> text{};
  const int size = std::snprintf(text.data(), text.size(), "%10ld\n", static_cast<long>(::getpid()));
  int why = 0;
  (void)::fchmod(file.get(), 0644);  // whatever our mask is, others must be able to read it
  if (::write(file.get(), text.data(), static_cast<std::size_t>(size)) != size) why = ENOSPC;
  if (why == 0 && ::link(draft.c_str(), path.c_str()) != 0) why = errno;
  ::unlink(draft.c_str());
  return why;
}

}  // namespace

Error held_by(pid_t who) {
  if (who == 0) return {Errc::conflict, "locked by a lock file that names no process"};
  return {Errc::conflict, "locked by process " + std::to_string(who)};
}

std::string LockFile::path_of(const std::string& folder, const std::string& device) {
  constexpr std::string_view root = "/dev/";
  std::string name = device.rfind(root, 0) == 0 ? device.substr(root.size()) : device;
  for (char& c : name) {
    if (c == '/') c = '_';
  }
  return folder + "/LCK.." + name;
}

std::optional<pid_t> LockFile::holder(const std::string& path) {
  pid_t who = 0;
  if (look_at(path, who) != Found::held) return std::nullopt;
  return who;
}

Result<LockFile> LockFile::take(std::string path) {
  constexpr int most_lock_tries = 3;  // somebody else may take a stale one away at the same time
  for (int i = 0; i < most_lock_tries; ++i) {
    const int why = put(path);
    if (why == 0) return LockFile(std::move(path));
    if (why != EEXIST) return Error(Errc::refused, describe("lock file", why));
    pid_t who = 0;
    const Found found = look_at(path, who);
    if (found == Found::held) return held_by(who);
    if (found == Found::stale && ::unlink(path.c_str()) != 0 && errno != ENOENT)
      return Error(Errc::refused, describe("stale lock file", errno));
  }
  return Error(Errc::conflict, "locked by somebody else");
}

LockFile::LockFile(LockFile&& other) noexcept : path_(std::exchange(other.path_, std::string())) {}

LockFile& LockFile::operator=(LockFile&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

LockFile::~LockFile() {
  if (path_.empty()) return;
  pid_t who = 0;
  // Not one that somebody put there in place of ours.
  (void)look_at(path_, who);
  if (who == ::getpid()) ::unlink(path_.c_str());
}

}  // namespace leafgate::serial
