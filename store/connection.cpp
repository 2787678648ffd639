#include "store/connection.hpp"

#include <utility>

#include <sqlite3.h>

#include "store/reserve.hpp"

namespace leafgate {
namespace {

// What an SQLite result code means for whoever waits for an answer (reliability §2.4).
Errc meaning(int extended) {
  // No room for the shared index of the log: nothing on the disk is in doubt.
  if (extended == SQLITE_IOERR_SHMSIZE) return Errc::store_full;
  if (extended == SQLITE_IOERR_NOMEM) return Errc::internal;
  switch (extended & 0xff) {
    case SQLITE_FULL:
      return Errc::store_full;
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_READONLY:  // the system remounts a failing file system read-only
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_PROTOCOL:
      return Errc::store_fault;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::throttled;
    case SQLITE_INTERRUPT:
      return Errc::stopped;
    case SQLITE_TOOBIG:
      return Errc::too_large;
    default:
      return Errc::internal;
  }
}

// Reliability §2.4, settings. With secure_delete=ON each page that is freed would be written once more, and
// what frees room on a full disk would need room; so it is on only while what is in clear is sealed. The own
// checkpoints replace the automatic one, which would run inside a commit.
constexpr const char* settings =
    "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
    "PRAGMA cell_size_check=ON; PRAGMA secure_delete=FAST; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;";
// Said once, when the database is made. A page is a block of the file system and of the flash: of 2048 octets
// it would save a quarter of what a lone commit writes, but a torn block would hit a neighbour that no log
// holds.
constexpr const char* creation = "PRAGMA page_size=4096; PRAGMA journal_mode=WAL;";
constexpr int wait_for_lock = 5000;  // ms; only another program can hold one that long

}  // namespace

void Connection::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }
void Connection::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Connection::Connection(sqlite3* db) : log_(std::make_unique<Log>()), db_(db) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&& other) noexcept {
  statements_ = std::move(other.statements_);  // statements go before the connection they belong to
  db_ = std::move(other.db_);
  log_ = std::move(other.log_);
  courtesy_ = std::move(other.courtesy_);
  return *this;
}
Connection::~Connection() { statements_.clear(); }

Result<Connection> Connection::open(const std::string& path, Access access, const std::string& vfs) {
  sqlite3* db = nullptr;
  const int mode =
      access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &db, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                   vfs.empty() ? nullptr : vfs.c_str());
  Connection connection(db);
  if (code != SQLITE_OK)
    return Error(db != nullptr ? meaning(code) : Errc::internal,
                 "open " + path + ": " + (db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code)));
  sqlite3_busy_timeout(db, wait_for_lock);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // After a fault nothing may be copied from a log that may be only in memory: not even by closing.
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (auto set = connection.execute(settings); !set) return set.error();
  if (access == Access::read_write) {
    if (auto made = connection.execute(creation); !made) return made.error();
    sqlite3_wal_hook(db, after_commit, connection.log_.get());
    connection.courtesy_ = std::make_unique<Courtesy>(db);
  }
  return connection;
}

Result<void> Connection::execute(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return last_error(std::string_view(sql).substr(0, 60));
  return {};
}

Result<std::string> Connection::ask(std::string_view sql) {
  Query query(*this, sql);
  const auto row = query.step();
  if (!row) return row.error();
  return *row ? query.text(0) : std::string();
}

Result<void> Connection::quick_check() {
  const auto answer = ask("PRAGMA quick_check(1)");
  if (!answer) return answer.error();
  if (*answer != "ok") return Error(Errc::store_fault, "quick_check: " + *answer);
  return {};
}

Result<std::int64_t> Connection::checkpoint(bool truncate) {
  int frames = 0;
  int copied = 0;
  sqlite3_busy_timeout(db_.get(), 0);
  const int code = sqlite3_wal_checkpoint_v2(
      db_.get(), nullptr, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &frames,
      &copied);
  sqlite3_busy_timeout(db_.get(), wait_for_lock);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) return last_error("checkpoint");
  if (code == SQLITE_OK && truncate) log_->frames = 0;
  return frames - copied;
}

void Connection::interrupt() { sqlite3_interrupt(db_.get()); }
bool Connection::in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }
std::int64_t Connection::commits() const { return log_->commits; }
std::int64_t Connection::log_frames() const { return log_->frames; }

int Connection::after_commit(void* log, sqlite3*, const char*, int frames) {
  auto& facts = *static_cast<Log*>(log);
  facts.frames = frames;
  ++facts.commits;
  return SQLITE_OK;
}

sqlite3_stmt* Connection::prepared(std::string_view sql) {
  if (const auto at = statements_.find(sql); at != statements_.end()) return at->second.get();
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                     &statement, nullptr);
  if (statement != nullptr) statements_.emplace(sql, statement);
  return statement;
}

Error Connection::last_error(std::string_view doing) const {
  const int code = sqlite3_extended_errcode(db_.get());
  // It stands in the audit log, and before whoever asked for a change: there is but one thing to know of it.
  if (meaning(code) == Errc::store_full) return Error(Errc::store_full, std::string(no_room));
  return Error(meaning(code),
               std::string(doing) + ": " + sqlite3_errmsg(db_.get()) + " (" + std::to_string(code) + ")");
}

Query::Query(Connection& connection, std::string_view sql)
    : connection_(connection), statement_(connection.prepared(sql)) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Query::note(int code) { bound_ = bound_ && code == SQLITE_OK; }

Query& Query::text(int parameter, std::string_view value) {
  // An empty view may hold a null pointer, which SQLite would bind as NULL.
  note(sqlite3_bind_text64(statement_, parameter, value.empty() ? "" : value.data(), value.size(),
                           SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Query& Query::blob(int parameter, std::string_view octets) {
  note(sqlite3_bind_blob64(statement_, parameter, octets.empty() ? "" : octets.data(), octets.size(),
                           SQLITE_STATIC));
  return *this;
}

Query& Query::integer(int parameter, std::int64_t value) {
  note(sqlite3_bind_int64(statement_, parameter, value));
  return *this;
}

Query& Query::null(int parameter) {
  note(sqlite3_bind_null(statement_, parameter));
  return *this;
}

Result<bool> Query::step() {
  if (statement_ == nullptr || !bound_) return connection_.last_error("prepare");
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_.last_error("step");
}

Result<void> Query::run() {
  for (;;) {
    const auto row = step();
    if (!row) return row.error();
    if (!*row) return {};
  }
}

std::string Query::text(int column) const {
  const void* octets = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return octets == nullptr ? std::string()
                           : std::string(static_cast<const char*>(octets), static_cast<std::size_t>(size));
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }
bool Query::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

}  // namespace leafgate
