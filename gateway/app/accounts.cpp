#include "gateway/app/accounts.hpp"

#include <algorithm>
#include <utility>

#include "adapters/status/accounts.hpp"
#include "gateway/flows/degraded.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::chrono::minutes look_every{1};
constexpr Millis shortest_pause{2};  // while it is being looked
constexpr Millis longest_pause{500};

void tell(const char* text, const std::string& trouble, const std::string& before) {
  if (!trouble.empty() && trouble != before) log::warning(text, {{"detail", trouble}});
}

}  // namespace

FoundAccounts find_accounts(const AccountNames& names) {
  FoundAccounts out;
  if (!names.admin_group.empty()) {
    const auto found = status::find_group(names.admin_group);
    if (found)
      out.admin_group = *found;
    else
      out.no_admin_group = found.error().detail;
  }
  for (const std::string& name : names.bridge_users) {
    const auto found = status::find_user(name);
    if (found)
      out.bridge_users.push_back(*found);
    else
      out.no_bridge_users.append(out.no_bridge_users.empty() ? "" : "; ").append(found.error().detail);
  }
  return out;
}

std::shared_ptr<AccountsLook> look_aside(AccountNames names) {
  auto look = run_aside("accounts", [names] { return find_accounts(names); });
  if (look) return *look;
  FoundAccounts none;
  if (!names.admin_group.empty()) none.no_admin_group = look.error().detail;
  if (!names.bridge_users.empty()) none.no_bridge_users = look.error().detail;
  auto failed = std::make_shared<AccountsLook>();
  failed->put(std::move(none));
  return failed;
}

Accounts::Accounts(Executor loop, const WallClock& clock, Hooks hooks)
    : clock_(clock), hooks_(std::move(hooks)), stopped_(loop), looked_(loop) {}

Task<void> Accounts::run() {
  while (!stopping_) {
    const std::shared_ptr<AccountsLook> look = hooks_.look();
    std::optional<FoundAccounts> found = look->take();
    for (Millis pause = shortest_pause; !found && !stopping_; pause = std::min(pause * 2, longest_pause)) {
      (void)co_await stopped_.wait_until(LoopClock::now() + pause);
      found = look->take();
    }
    if (!found) co_return;
    note(std::move(*found));
    hooks_.found(last_);
    looked_.notify();
    if (last_.no_admin_group.empty() && last_.no_bridge_users.empty()) co_return;
    co_await stopped_.wait_until(LoopClock::now() + look_every);
  }
}

void Accounts::note(FoundAccounts found) {
  if (since_ == WallTime{}) since_ = clock_.now().at;
  tell("status.admin_group is not known", found.no_admin_group, last_.no_admin_group);
  tell("not all of bridge.users are known", found.no_bridge_users, last_.no_bridge_users);
  last_ = std::move(found);
}

Task<void> Accounts::first_look(TimePoint limit) {
  const bool has_looked = co_await looked_.wait_until(limit);
  if (has_looked) co_return;
  FoundAccounts waiting;
  waiting.no_admin_group = waiting.no_bridge_users = "this system has not answered yet who they are";
  note(std::move(waiting));
}

void Accounts::stop() {
  stopping_ = true;
  stopped_.notify();
}

std::vector<DegradedMode> Accounts::troubles() const {
  std::vector<DegradedMode> out;
  if (!last_.no_admin_group.empty())
    out.push_back(degraded(Reason::accounts_unknown,
                           "nobody but root may change anything here: " + last_.no_admin_group, since_));
  if (!last_.no_bridge_users.empty())
    out.push_back(degraded(Reason::accounts_unknown,
                           "not all of bridge.users get hub tokens: " + last_.no_bridge_users, since_));
  return out;
}

}  // namespace leafgate
