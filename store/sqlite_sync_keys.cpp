// The keys of what the service's list brought.
#include "gateway/ports/sealed_rows.hpp"
#include "store/sqlite_enrollment_sync.hpp"

namespace leafgate {
namespace {

void renew_keys(FetchedKeys& keys, const SealingTrust& trust) {
  const std::string row = sealed_rows::enrollment(keys.kind == EnrollmentKind::individual, keys.id);
  for (auto* key : {&keys.primary, &keys.secondary})
    if (*key) *key = trust.renewed(std::move(**key), row);
}

}  // namespace

Task<Result<std::vector<Keyless>>> SqliteEnrollmentSync::keyless(KeylessPlace from, std::size_t limit) {
  auto read = [&](Connection& connection) { return sync_rows::keyless(connection, from, limit); };
  co_return co_await upkeep_.ask(read);
}

Task<Result<std::size_t>> SqliteEnrollmentSync::keyless_count() {
  // Some at a time: while the upkeep reads, the log it should copy does not begin anew.
  enrollment_rows::Place from;
  auto read = [&from](Connection& connection) { return sync_rows::keyless_count(connection, from); };
  std::size_t all = 0;
  bool ended = false;
  while (!ended) {
    const auto some = co_await upkeep_.ask(read);
    if (!some) co_return some.error();
    ended = !*some;
    if (!ended) all += **some;
  }
  co_return all;
}

Task<Result<std::size_t>> SqliteEnrollmentSync::put_keys(std::vector<FetchedKeys> keys) {
  auto known = co_await know_state();
  if (!known) co_return known.error();
  if (state_->generation != 0) co_return Error(Errc::conflict, "a sync is open");
  if (trust_ != nullptr)
    for (FetchedKeys& one : keys) renew_keys(one, *trust_);
  std::size_t stored = 0;
  auto write = [&](Connection& connection) -> Result<std::size_t> {
    stored = 0;
    for (const FetchedKeys& one : keys) {
      const auto put = sync_rows::put_keys(connection, one);
      if (!put) return put.error();
      if (*put) ++stored;
    }
    return stored;
  };
  co_return co_await writer_.write(write);
}

}  // namespace leafgate
