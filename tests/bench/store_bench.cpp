// What the store costs: registrations a second, octets written for each, and how long a start after a crash
// takes. Exits 1 when a budget of the design is passed.
//   store-bench [ROWS]     ROWS: registrations and enrollments for the start, default 100000
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "gateway/model/time.hpp"
#include "gateway/runtime/clock.hpp"
#include "store/store.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/unit/store/examples.hpp"

namespace {

using namespace leafgate;

// Octets this process made the kernel write back, in whole pages. Source: proc(5), /proc/pid/io.
std::int64_t written() {
  std::ifstream facts("/proc/self/io");
  std::string name;
  std::int64_t value = 0;
  while (facts >> name >> value)
    if (name == "write_bytes:") return value;
  return 0;
}

double seconds_since(TimePoint start) {
  return std::chrono::duration<double>(LoopClock::now() - start).count();
}

std::unique_ptr<Store> open(const std::string& path) {
  static example::CountingRandom random;
  StoreOptions options;
  options.path = path;
  return Store::open(std::move(options), random).value();
}

Task<int> come(Registrations& registrations, int first, int count, int step, bool settled) {
  for (int leaf = first; leaf < count; leaf += step) {
    const std::string name = "leaf-" + std::to_string(leaf * 7919 % 1'000'003);
    OutboxRow row = example::outbox_row(name, "5.0123456789abcdef.4dc0b7a9-0000-4000-8000-000000000000");
    row.request.payload = '"' + std::string(300, 'p') + '"';
    const OperationId operation = row.operation_id;
    const auto queued = co_await registrations.enqueue(std::move(row), example::notes(leaf));
    if (!queued) std::abort();
    if (!settled) continue;
    Registration registration = example::registration(name);
    registration.assignment->state += std::string(500, 's');
    registration.outcome->state = registration.assignment->state;
    auto receipt = example::receipt();
    const auto done =
        co_await registrations.settle(registration, operation, example::notes(leaf), std::move(receipt));
    if (!done) std::abort();
  }
  co_return 0;
}

struct Cost {
  double per_second;
  double commits_per_second;
  double kilobytes_each;
};

Cost measure(int count, int in_flight, bool settled) {
  const TemporaryFolder folder;
  auto store = open(folder.path());
  const std::int64_t octets = written();
  const TimePoint start = LoopClock::now();
  std::vector<Task<int>> tasks;
  for (int n = 0; n < in_flight; ++n)
    tasks.push_back(come(store->registrations(), n, count, in_flight, settled));
  (void)run_together(std::move(tasks));
  const double time = seconds_since(start);
  const auto commits = static_cast<double>(store->monitor().health().writes);
  store->stop();  // with the last checkpoint
  return Cost{count / time, commits / time, static_cast<double>(written() - octets) / 1024 / count};
}

void print(const char* what, const Cost& cost) {
  std::printf("%-44s %8.0f /s %8.0f commits/s %7.1f KiB each\n", what, cost.per_second,
              cost.commits_per_second, cost.kilobytes_each);
}

bool measure_start(int rows) {
  const TemporaryFolder folder;
  {
    auto store = open(folder.path());
    std::vector<Enrollment> enrollments;
    for (int i = 0; i < rows; ++i) {
      enrollments.push_back(example::enrollment(EnrollmentKind::individual, "leaf-" + std::to_string(i)));
      enrollments.back().record += std::string(600, 'r');
    }
    const auto again = enrollments;
    TimePoint start = LoopClock::now();
    if (!run_task(store->enrollments().import(std::move(enrollments)))) return false;
    std::printf("import of %d enrollments: %.1f s\n", rows, seconds_since(start));
    start = LoopClock::now();
    if (!run_task(store->enrollments().import(again))) return false;
    std::printf("the same once more, nothing changed: %.1f s\n", seconds_since(start));
    std::vector<Task<int>> tasks;
    for (int n = 0; n < 256; ++n) tasks.push_back(come(store->registrations(), n, rows, 256, n % 10 != 0));
    (void)run_together(std::move(tasks));
    start = LoopClock::now();
    (void)run_task(store->registrations().count());
    (void)run_task(store->enrollments().count());
    std::printf("both counts: %.3f s\n", seconds_since(start));
  }
  const TimePoint start = LoopClock::now();
  const auto store = open(folder.path());
  const double time = seconds_since(start);
  std::printf("start after a crash with %d of each (%.0f MiB): %.2f s\n", rows,
              static_cast<double>(store->monitor().health().size) / (1 << 20), time);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const int rows = argc > 1 ? std::atoi(argv[1]) : 100'000;
  const Cost queue_alone = measure(300, 1, false);
  print("queued, one at a time", queue_alone);
  print("queued, 64 at once", measure(6400, 64, false));
  const Cost alone = measure(300, 1, true);
  print("queued and settled, one at a time", alone);
  const Cost together = measure(6400, 64, true);
  print("queued and settled, 64 at once", together);
  const bool started = measure_start(rows);
  // Budgets of a registration's life: 64 KB alone, 40 KB batched.
  return started && alone.kilobytes_each <= 64 && together.kilobytes_each <= 40 ? 0 : 1;
}
