#include "gateway/app/accounts.hpp"

#include <algorithm>
#include <utility>

#include "adapters/status/accounts.hpp"
#include "gateway/flows/degraded.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::chrono::minutes look_at_accounts_every{1};
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
    if (found) {
      out.admin_group = *found;
    } else {
      out.no_admin_group = found.error().detail;
      out.unknown.admin_group = names.admin_group;
    }
  }
  for (const std::string& name : names.bridge_users) {
    const auto found = status::find_user(name);
    if (found) {
      out.bridge_users.push_back(*found);
    } else {
      out.no_bridge_users.append(out.no_bridge_users.empty() ? "" : "; ").append(found.error().detail);
      out.unknown.bridge_users.push_back(name);
    }
  }
  return out;
}

std::shared_ptr<AccountsLook> look_aside(AccountNames names) {
  auto look = run_aside("accounts", [names]() noexcept { return find_accounts(names); });
  if (look) return *look;
  FoundAccounts none;
  if (!names.admin_group.empty()) none.no_admin_group = look.error().detail;
  if (!names.bridge_users.empty()) none.no_bridge_users = look.error().detail;
  none.unknown = std::move(names);
  auto failed = std::make_shared<AccountsLook>();
  failed->put(std::move(none));
  return failed;
}

Accounts::Accounts(Executor loop, const WallClock& clock, AccountNames names, Hooks hooks)
    : names_(std::move(names)), clock_(clock), hooks_(std::move(hooks)), stopped_(loop), looked_(loop) {
  known_.unknown = names_;
}

Task<void> Accounts::run() {
  while (!stopping_) {
    const std::shared_ptr<AccountsLook> look = hooks_.look(known_.unknown);
    std::optional<FoundAccounts> found = look->take();
    for (Millis pause = shortest_pause; !found && !stopping_; pause = std::min(pause * 2, longest_pause)) {
      (void)co_await stopped_.wait_until(LoopClock::now() + pause);
      found = look->take();
    }
    if (!found) co_return;
    note(std::move(*found));
    hooks_.found(known_);
    looked_.notify();
    if (known_.unknown.empty()) co_return;
    co_await stopped_.wait_until(LoopClock::now() + look_at_accounts_every);
  }
}

void Accounts::note(FoundAccounts found) {
  if (since_ == WallTime{}) since_ = clock_.now().at;
  tell("status.admin_group is not known", found.no_admin_group, known_.no_admin_group);
  tell("not all of bridge.users are known", found.no_bridge_users, known_.no_bridge_users);
  if (found.admin_group) known_.admin_group = found.admin_group;
  known_.bridge_users.insert(known_.bridge_users.end(), found.bridge_users.begin(), found.bridge_users.end());
  known_.no_admin_group = std::move(found.no_admin_group);
  known_.no_bridge_users = std::move(found.no_bridge_users);
  known_.unknown = std::move(found.unknown);
}

Task<void> Accounts::first_look(TimePoint limit) {
  const bool has_looked = co_await looked_.wait_until(limit);
  if (has_looked) co_return;
  const std::string why = "this system has not answered yet who they are";
  FoundAccounts waiting;
  if (!names_.admin_group.empty()) waiting.no_admin_group = why;
  if (!names_.bridge_users.empty()) waiting.no_bridge_users = why;
  waiting.unknown = names_;
  note(std::move(waiting));
}

void Accounts::stop() {
  stopping_ = true;
  stopped_.notify();
}

std::vector<DegradedMode> Accounts::troubles() const {
  std::vector<DegradedMode> out;
  if (!known_.no_admin_group.empty())
    out.push_back(degraded(Reason::accounts_unknown,
                           "nobody but root may change anything here: " + known_.no_admin_group, since_));
  if (!known_.no_bridge_users.empty())
    out.push_back(degraded(Reason::accounts_unknown,
                           "not all of bridge.users get hub tokens: " + known_.no_bridge_users, since_));
  return out;
}

}  // namespace leafgate
