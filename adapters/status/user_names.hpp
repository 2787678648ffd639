#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "gateway/runtime/aside.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate::status {

using UserNameLook = Awaited<std::string>;
// By getpwuid_r; empty: this system has none. Null: no thread is to be had.
[[nodiscard]] std::shared_ptr<UserNameLook> look_for_user_name(uid_t user);

// What users are called, for the audit log, which has their number anyway: where they come from a directory
// (sssd, LDAP) that hangs, nobody waits for long. One loop.
class UserNames {
 public:
  using Look = std::function<std::shared_ptr<UserNameLook>(uid_t)>;
  explicit UserNames(Look look = look_for_user_name) : look_(std::move(look)) {}

  // Empty: it has none, or that is not known within a second.
  Task<std::string> name_of(uid_t user);

 private:
  [[nodiscard]] bool is_full();

  Look look_;
  std::vector<std::weak_ptr<UserNameLook>> looks_;  // and of these some whose thread still hangs
};

}  // namespace leafgate::status
