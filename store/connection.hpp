#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"
#include "store/courtesy.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace leafgate {

// One SQLite connection with the settings of this store and its prepared statements. Used by one thread at a
// time. Errors: store_full (no room; nothing was written), store_fault (I/O error, damage, not a database: no
// promise holds any more), throttled (another program holds a lock), internal.
class Connection {
 public:
  enum class Access { read_write, read_only };

  // `vfs` names an SQLite VFS; empty for the system's. read_write creates a missing database.
  static Result<Connection> open(const std::string& path, Access access, const std::string& vfs = {});
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  ~Connection();

  // One or more statements without parameters; rows are ignored.
  Result<void> execute(const std::string& sql);
  // The first column of the first row, for PRAGMAs and counts; empty when there is no row.
  Result<std::string> ask(std::string_view sql);
  // PRAGMA quick_check; damage is a store_fault that names the first finding.
  Result<void> quick_check();
  // Copies frames of the log into the database and waits for nobody; `truncate` also empties the log when no
  // reader is in the way. Gives the frames that are still to be copied.
  Result<std::int64_t> checkpoint(bool truncate);

  // Ends the statement that runs now with `stopped`; does nothing between statements. Any thread.
  void interrupt();

  [[nodiscard]] Courtesy& courtesy() { return *courtesy_; }  // of one that may write

  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] std::int64_t commits() const;     // made here that wrote something
  [[nodiscard]] std::int64_t log_frames() const;  // length of the log after the last of them

 private:
  friend class Query;
  struct Close {
    void operator()(sqlite3* db) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Connection(sqlite3* db);
  sqlite3_stmt* prepared(std::string_view sql);  // null: the error is in the connection
  Error last_error(std::string_view doing) const;

  struct Log {
    std::int64_t frames = 0;
    std::int64_t commits = 0;
  };
  static int after_commit(void* log, sqlite3* db, const char* name, int frames);

  // What SQLite knows the address of goes behind it.
  std::unique_ptr<Log> log_;
  std::unique_ptr<Courtesy> courtesy_;
  std::unique_ptr<sqlite3, Close> db_;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> statements_;
};

// One use of a prepared statement: bind, step, read; reset when it goes. Errors of binding show at step().
// Texts and octets that are bound must live until the last step; those that are read, until the next step.
class Query {
 public:
  Query(Connection& connection, std::string_view sql);
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  Query& text(int parameter, std::string_view value);
  Query& blob(int parameter, std::string_view octets);
  Query& integer(int parameter, std::int64_t value);
  Query& null(int parameter);

  Result<bool> step();  // true: there is a row
  Result<void> run();   // steps to the end

  [[nodiscard]] std::string text(int column) const;  // also for octets; NULL reads as empty
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  void note(int code);
  Connection& connection_;
  sqlite3_stmt* statement_;
  bool bound_ = true;
};

}  // namespace leafgate
