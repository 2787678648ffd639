#include "adapters/status/user_names.hpp"

#include <algorithm>

#include <pwd.h>

#include "gateway/model/time.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::status {
namespace {

constexpr std::chrono::seconds name_patience{1};
constexpr Millis shortest_pause{1};  // while it is being looked, or others are
constexpr Millis longest_pause{100};
constexpr std::size_t most_looks = 8;  // threads at once: who asks while so many hang has no name

std::string user_name(uid_t user) {
  std::string room(16 * 1024, '\0');
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(user, &entry, room.data(), room.size(), &found);
  return found == nullptr ? std::string() : std::string(found->pw_name);
}

}  // namespace

std::shared_ptr<UserNameLook> look_for_user_name(uid_t user) {
  auto look = run_aside("user-name", [user]() noexcept { return user_name(user); });
  return look ? *look : nullptr;
}

bool UserNames::is_full() {
  std::erase_if(looks_, [](const auto& look) { return look.expired(); });
  return looks_.size() >= most_looks;
}

Task<std::string> UserNames::name_of(uid_t user) {
  const TimePoint limit = LoopClock::now() + name_patience;
  for (Millis pause = shortest_pause; is_full() && LoopClock::now() < limit;
       pause = std::min(pause * 2, longest_pause))
    co_await sleep_for(pause);
  if (is_full()) co_return std::string();
  const std::shared_ptr<UserNameLook> look = look_(user);
  if (!look) co_return std::string();
  looks_.emplace_back(look);
  std::optional<std::string> name = look->take();
  for (Millis pause = shortest_pause; !name && LoopClock::now() < limit;
       pause = std::min(pause * 2, longest_pause)) {
    co_await sleep_for(pause);
    name = look->take();
  }
  if (!name) co_return std::string();
  co_return std::move(*name);
}

}  // namespace leafgate::status
