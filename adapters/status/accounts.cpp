#include "adapters/status/accounts.hpp"

#include <cerrno>
#include <system_error>

#include <grp.h>
#include <pwd.h>

namespace leafgate::status {
namespace {

constexpr std::size_t most_room = 16 * 1024 * 1024;  // some 500,000 members

// By getgrnam_r and its like: errno values that mean "there is none" differ from system to system
// (getgrnam(3)).
template <class Entry, class Ask>
Result<Entry> look_up(Ask ask, const char* kind, const std::string& name, std::size_t size) {
  std::string room(size, '\0');
  while (true) {
    Entry entry{};
    Entry* found = nullptr;
    const int failed = ask(name.c_str(), &entry, room.data(), room.size(), &found);
    if (found != nullptr) return entry;
    if (failed == ERANGE && room.size() < most_room) {
      room.resize(room.size() * 4);
      continue;
    }
    const std::string what = std::string(kind) + " \"" + name + "\"";
    const bool there_is_none =
        failed == 0 || failed == ENOENT || failed == ESRCH || failed == EBADF || failed == EPERM;
    if (there_is_none) return Error(Errc::not_found, "this system has no " + what);
    if (failed == EINTR) continue;
    return Error(Errc::unreachable,
                 what + " cannot be looked up: " + std::generic_category().message(failed));
  }
}

}  // namespace

Result<gid_t> find_group(const std::string& name, std::size_t room) {
  const auto found = look_up<group>(getgrnam_r, "group", name, room);
  if (!found) return found.error();
  return found->gr_gid;
}

Result<uid_t> find_user(const std::string& name, std::size_t room) {
  const auto found = look_up<passwd>(getpwnam_r, "user", name, room);
  if (!found) return found.error();
  return found->pw_uid;
}

}  // namespace leafgate::status
