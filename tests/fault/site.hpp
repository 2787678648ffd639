#pragma once

#include <memory>
#include <string>

#include "store/store.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/fault/disk_log.hpp"
#include "tests/fault/faulty_vfs.hpp"
#include "tests/unit/store/examples.hpp"

namespace leafgate::fault {

// How far leaf n has come: queued, then settled. Its answers are acknowledgements 2n+1 and 2n+2.
enum Stage { unknown = 0, queued = 1, settled = 2 };
// Import n, of `imported_rows` enrollments with etag n, is acknowledgement import_ack + n.
constexpr int import_ack = 1'000'000;
constexpr int imported_rows = 1'100;  // three steps

// A store on a faulty disk, and leaves that register with it.
class Site {
 public:
  enum class Start { by_the_rule, plain };  // plain: trusts what is cached
  Site() = default;

  FaultyVfs& vfs() { return vfs_; }
  [[nodiscard]] std::string database() const { return folder_.path() + "/leafgate.db"; }

  Result<void> open(Start start = Start::by_the_rule);
  [[nodiscard]] bool open_now() const { return store_ != nullptr; }
  void crash() { store_.reset(); }
  void stop();
  Store& store() { return *store_; }

  // Leaves first .. first + count - 1, four at a time, to `stage`; gives how many got there.
  int register_leaves(int first, int count, Stage stage = settled, std::size_t payload = 200);
  bool import(int number);

 private:
  FaultyVfs vfs_;
  TemporaryFolder folder_;
  example::CountingRandom random_;
  std::unique_ptr<Store> store_;
};

// The same leaves, for a store that is put together by hand.
int register_leaves(Registrations& registrations, FaultyVfs& vfs, int first, int count, Stage stage,
                    std::size_t payload);

// What a database that was found after a cut has of what was promised before it.
struct Finding {
  std::string damage;  // not empty: it does not open, or contradicts itself
  int lost = 0;        // acknowledged and not there
};
// `count` events of the log happened before the cut.
Finding examine(const DiskLog& log, std::size_t count, std::mt19937& random);
// The same for the database that stands at `path`.
Finding examine_file(const std::string& path, const DiskLog& log, std::size_t count);

struct Tally {
  int images = 0;
  int damaged = 0;
  int losing = 0;
  int worst = 0;
  std::string first_damage;
  void add(const Finding& finding);
};
// Cuts after random events from `from` on.
Tally cut_often(const DiskLog& log, std::size_t from, int images, unsigned seed);

}  // namespace leafgate::fault
