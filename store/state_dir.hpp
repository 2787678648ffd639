#pragma once

#include <string>

#include "gateway/model/result.hpp"

namespace leafgate {

// The folder of the store, held by this process alone. Files in it: leafgate.db (with -wal and -shm), lock,
// clean (stands only between a clean stop and the next start), reserve, sealing.key (where no TPM keeps the
// key), shown*.pem (gateway/app/kept_certificates.hpp), and for a while those of store/restore.hpp and
// backup.part.
class StateDir {
 public:
  // Makes a missing folder (0700) and database file (0600). Errors: in_use (another daemon holds it),
  // conflict (the folder is writable by group or others, or not a folder), store_fault (the system said no).
  static Result<StateDir> open(std::string path);
  // Takes the lock alone: for work on a folder whose daemon is stopped. Makes no database. Errors: as open().
  static Result<StateDir> hold(std::string path);
  StateDir(StateDir&& other) noexcept;
  StateDir& operator=(StateDir&& other) noexcept;
  ~StateDir();  // lets the lock go

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string database() const { return path_ + "/leafgate.db"; }
  [[nodiscard]] std::string log() const { return database() + "-wal"; }
  [[nodiscard]] std::string reserve() const { return path_ + "/reserve"; }
  [[nodiscard]] std::string key_file() const { return path_ + "/sealing.key"; }

  // True when the last stop was a clean one. Takes the mark away, durably: any end but the next clean stop
  // must leave none.
  Result<bool> take_clean_mark();
  Result<void> set_clean_mark();

 private:
  StateDir(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  [[nodiscard]] std::string mark() const { return path_ + "/clean"; }
  std::string path_;
  int lock_ = -1;
};

// Makes the file and its folder entry durable. A missing file is an error.
Result<void> sync_file(const std::string& path);
// Makes the entries of a folder durable.
Result<void> sync_folder(const std::string& path);

// The start rule after anything but a clean stop (reliability §2.4): write back what can be, then forget the
// cached pages, so that a page whose write-back failed is read from the disk and not from memory; and read
// them again in one sweep, for the check that follows. Before SQLite opens the file: closing a descriptor
// drops SQLite's locks. A missing file is fine.
Result<void> sync_and_forget_pages(const std::string& path);

}  // namespace leafgate
