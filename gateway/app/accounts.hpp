#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "gateway/ports/clock.hpp"
#include "gateway/ports/operator.hpp"
#include "gateway/runtime/aside.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// Who of this system is named by status.admin_group and bridge.users.
struct AccountNames {
  std::string admin_group;  // empty: none
  std::vector<std::string> bridge_users;

  [[nodiscard]] bool empty() const { return admin_group.empty() && bridge_users.empty(); }
};
struct FoundAccounts {
  std::optional<gid_t> admin_group;
  std::vector<uid_t> bridge_users;
  std::string no_admin_group;  // why it is not known; empty: it is, or none is named
  std::string no_bridge_users;
  AccountNames unknown;  // those of which these two tell
};
// Blocking, see adapters/status/accounts.hpp.
[[nodiscard]] FoundAccounts find_accounts(const AccountNames& names);

using AccountsLook = Awaited<FoundAccounts>;
// On a thread that nobody waits for: a directory that hangs cannot be told to stop.
[[nodiscard]] std::shared_ptr<AccountsLook> look_aside(AccountNames names);

// Looks them up, and each minute those that are not known yet: a directory (sssd, LDAP) is away just when the
// uplink is, and leaves must not wait for people's names. Who is not known yet may do nothing but read; who
// is known stays so, whatever the directory says of another. First loop only.
class Accounts {
 public:
  struct Hooks {
    std::function<std::shared_ptr<AccountsLook>(AccountNames)> look;
    std::function<void(const FoundAccounts&)> found;  // all that are known by now
  };
  Accounts(Executor loop, const WallClock& clock, AccountNames names, Hooks hooks);

  // Until all are known, or stop().
  Task<void> run();
  // Returns after the first look, or at `limit`; then it is told as a trouble that it goes on. Once, while
  // run() runs.
  Task<void> first_look(TimePoint limit);
  void stop();
  [[nodiscard]] std::vector<DegradedMode> troubles() const;

 private:
  void note(FoundAccounts found);

  const AccountNames names_;
  const WallClock& clock_;
  Hooks hooks_;
  Wakeup stopped_;
  Wakeup looked_;
  FoundAccounts known_;
  WallTime since_{};  // the first look
  bool stopping_ = false;
};

}  // namespace leafgate
