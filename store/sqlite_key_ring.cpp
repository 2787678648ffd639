#include "store/sqlite_key_ring.hpp"

#include <algorithm>
#include <utility>

#include "gateway/crypto/hmac.hpp"
#include "gateway/ports/sealed_rows.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {

SqliteKeyRing::SqliteKeyRing(Writer& writer, Worker& reader, Worker& upkeep, SealingTrust& trust,
                             KeyFile file, SealingStart start)
    : writer_(writer),
      reader_(reader),
      upkeep_(upkeep),
      trust_(trust),
      file_(std::move(file)),
      in_file_(start.in_file.value_or(0)),
      wanted_(start.reseal),
      clear_(start.clear) {
  for (auto& [id, key] : start.open) trust_.open(std::move(key));
  trust_.allow_clear(clear_);
  take(std::move(start.rows));
}

void SqliteKeyRing::take(std::vector<sealing_rows::Key> rows) {
  rows_ = std::move(rows);
  keys_.clear();
  bool file = false;
  for (const auto& row : rows_) {
    trust_.expect(row.id);
    RingKey key;
    key.id = row.id;
    key.sealed = row.sealed;
    key.recovery = row.recovery;
    key.open = trust_.keys().contains(row.id);
    key.in_file = row.id == in_file_;
    file = file || !key.sealed || key.in_file;
    keys_.push_back(std::move(key));
  }
  trust_.set_protection(file ? Protection::key_file : Protection::tpm);
}

Task<Result<void>> SqliteKeyRing::load() {
  auto read = [](Connection& connection) { return sealing_rows::list(connection); };
  auto rows = co_await reader_.ask(read);
  if (!rows) co_return rows.error();
  take(std::move(*rows));
  co_return Result<void>();
}

Result<std::int64_t> SqliteKeyRing::find(const crypto::Secret& key) const {
  const std::string proof = SealingKey::proof(key);
  const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const auto& r) { return r.proof == proof; });
  if (row == rows_.end()) return Error(Errc::not_found, "it is no sealing key of this store");
  return row->id;
}

Result<void> SqliteKeyRing::open(std::int64_t id, const crypto::Secret& key) {
  const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const auto& r) { return r.id == id; });
  if (row == rows_.end()) return Error(Errc::not_found, "no such sealing key");
  if (key.size() != SealingKey::octets || row->proof != SealingKey::proof(key))
    return Error(Errc::refused, "it is another key");
  trust_.open(SealingKey(id, key.copy()));
  take(std::move(rows_));
  return {};
}

Result<crypto::Secret> SqliteKeyRing::take_out(std::int64_t id) {
  const auto key = trust_.keys().find(id);
  if (key != trust_.keys().end()) return key->second.key().copy();
  const bool known = std::any_of(rows_.begin(), rows_.end(), [&](const auto& r) { return r.id == id; });
  return known ? Error(Errc::throttled, "the sealing key is out of reach")
               : Error(Errc::not_found, "no such sealing key");
}

Task<Result<std::int64_t>> SqliteKeyRing::add(TpmObject sealed, Bytes recovery, crypto::Secret key) {
  sealing_rows::Key row;
  row.sealed = std::move(sealed);
  row.recovery = std::move(recovery);
  row.proof = SealingKey::proof(key);
  auto write = [&](Connection& connection) { return sealing_rows::add(connection, row); };
  const auto id = co_await writer_.write(write);
  if (!id) co_return id.error();
  wanted_ = true;
  trust_.open(SealingKey(*id, std::move(key)));
  row.id = *id;
  auto rows = std::move(rows_);
  rows.push_back(std::move(row));
  take(std::move(rows));
  co_return *id;
}

Task<Result<void>> SqliteKeyRing::replace(std::int64_t id, TpmObject sealed, Bytes recovery) {
  auto write = [&](Connection& connection) {
    return sealing_rows::replace(connection, id, sealed, recovery);
  };
  const auto done = co_await writer_.write(write);
  if (!done) co_return done.error();
  co_return co_await load();
}

Task<Result<void>> SqliteKeyRing::reseal() {
  if (!keys_.back().open) co_return Error(Errc::throttled, "the newest sealing key is out of reach");
  auto start = [&](Reply<Result<void>> reply) {
    writer_.add_steps(
        std::make_unique<ResealSteps>(copy_of(trust_.keys()), clear_, counts_, std::move(reply)));
  };
  const auto done = co_await wait_for_reply<Result<void>>(start);
  const auto loaded = co_await load();
  if (!done) co_return done.error();
  if (!loaded) co_return loaded.error();
  wanted_ = false;
  clear_ = false;  // what was read before stays in memory as it was: Trust opens it until the next start
  const bool retired =
      in_file_ != 0 && std::none_of(keys_.begin(), keys_.end(), [&](const auto& k) { return k.in_file; });
  if (!retired) co_return Result<void>();
  co_return co_await remove_file();
}

ResealProgress SqliteKeyRing::progress() const { return {wanted_, counts_->renewed, counts_->unreadable}; }

bool SqliteKeyRing::is_needed_in_file() const {
  return std::any_of(keys_.begin(), keys_.end(), [](const RingKey& key) { return !key.sealed; });
}

Task<Result<void>> SqliteKeyRing::remove_file() {
  if (is_needed_in_file()) co_return Error(Errc::conflict, "a sealing key stands in the key file alone");
  auto remove = [this](Connection&) { return file_.remove(); };
  // Of the two that may touch files, the one that goes on until all who ask have ended.
  const auto done = co_await reader_.ask(remove);
  if (!done) co_return done.error();
  log::notice("key file removed", {{"file", file_.path()}});
  in_file_ = 0;
  take(std::move(rows_));
  co_return Result<void>();
}

Task<Result<std::optional<TpmBelonging>>> SqliteKeyRing::belonging() {
  auto read = [](Connection& connection) { return sealing_rows::anchor(connection); };
  auto row = co_await reader_.ask(read);
  if (!row) co_return row.error();
  if (!*row) co_return std::optional<TpmBelonging>();
  TpmBelonging out;
  out.anchor = std::move((*row)->anchor);
  auto auth = trust_.unseal(SealedKey{(*row)->counter_auth}, sealed_rows::counter());
  if (auth) {
    out.counter_auth = std::move(*auth);
  } else if (auth.error().code != Errc::throttled) {
    co_return auth.error();
  }
  co_return std::optional<TpmBelonging>(std::move(out));
}

Task<Result<std::optional<std::int64_t>>> SqliteKeyRing::restored() {
  auto read = [](Connection& connection) { return sealing_rows::restored(connection); };
  const auto mark = co_await reader_.ask(read);
  if (!mark) co_return mark.error();
  if (!*mark) co_return std::optional<std::int64_t>();
  if (!trust_.is_open()) co_return Error(Errc::throttled, "the sealing key is out of reach");
  const std::int64_t sequence = (*mark)->sequence;
  const std::string mac = trust_.store_mac(sealing_rows::restore_message(sequence));
  if (crypto::equal_in_constant_time(as_bytes(mac), as_bytes((*mark)->mac)))
    co_return std::optional<std::int64_t>(sequence);
  co_return std::optional<std::int64_t>();
}

Task<Result<void>> SqliteKeyRing::set_belonging(TpmBelonging belonging) {
  auto sealed = trust_.seal(belonging.counter_auth, sealed_rows::counter());
  if (!sealed) co_return sealed.error();
  sealing_rows::Anchor row;
  row.anchor = std::move(belonging.anchor);
  row.counter_auth = std::move(sealed->blob);
  auto write = [&](Connection& connection) { return sealing_rows::set_anchor(connection, row); };
  co_return co_await writer_.write(write);
}

}  // namespace leafgate
