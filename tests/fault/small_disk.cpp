// A disk that is really full: a small tmpfs in a mount namespace of this process. Without the right to mount
// it says so and passes; the sweep of nth_call_test.cpp, which needs no right, covers the same on any
// machine.
#include <cstdio>
#include <optional>
#include <string>

#include <sched.h>
#include <sys/mount.h>

#include "store/store.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/unit/store/examples.hpp"

namespace {

using namespace leafgate;

bool mount_small(const std::string& path) {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("none", path.c_str(), "tmpfs", 0, "size=6m,mode=0700") == 0;
}

// What stood in the way, if anything.
std::optional<Errc> enqueue(Store& store, int leaf) {
  OutboxRow row = example::outbox_row("leaf-" + std::to_string(leaf), "op-" + std::to_string(leaf));
  row.request.payload = '"' + std::string(4000, 'p') + '"';
  const auto done = run_task(store.registrations().enqueue(std::move(row), {}));
  if (done) return std::nullopt;
  return done.error().code;
}

bool settle(Store& store, int leaf) {
  const std::string name = std::to_string(leaf);
  return run_task(store.registrations().settle(example::registration("leaf-" + name),
                                               example::operation("op-" + name), {}, example::receipt()))
      .has_value();
}

#define DEMAND(what)                                       \
  if (!(what)) {                                           \
    std::printf("line %d: not so: %s\n", __LINE__, #what); \
    return 1;                                              \
  }

int run(const std::string& path) {
  example::CountingRandom random;
  StoreOptions options;
  options.path = path;
  options.reserve = 1 << 20;
  auto store = Store::open(std::move(options), random).value();
  // The first refusals still find room: the log that is copied and cut gives some back.
  int stored = 0;
  int refused = 0;
  while (stored < 100'000 && refused < 3) {
    const auto why = enqueue(*store, stored);
    DEMAND(!why || *why == Errc::store_full);
    refused = why ? refused + 1 : 0;
    stored += why ? 0 : 1;
  }
  // What the reserve gave is no room: nobody is let in by it, and it is not told each time that there is
  // some.
  for (int i = 0; i < 20; ++i) {
    DEMAND(store->monitor().health().full);
    DEMAND(enqueue(*store, stored) == Errc::store_full);
  }
  // The reserve lets settling go on; it frees the pages that later rows need.
  int settled = 0;
  while (settled < 40 && settle(*store, settled)) ++settled;
  DEMAND(settled == 40);
  DEMAND(store->monitor().health().fault.empty());
  // More room: the same process takes registrations again.
  DEMAND(::mount("none", path.c_str(), "tmpfs", MS_REMOUNT, "size=24m,mode=0700") == 0);
  DEMAND(!enqueue(*store, stored));
  DEMAND(!store->monitor().health().full);
  store->stop();
  store.reset();
  options.path = path;
  store = Store::open(std::move(options), random).value();
  DEMAND(run_task(store->registrations().count()).value() == static_cast<std::size_t>(stored) + 1);
  std::printf("full after %d leaves; %d settled from the reserve; none lost\n", stored, settled);
  store->stop();
  return 0;
}

}  // namespace

int main() {
  const leafgate::TemporaryFolder folder;
  if (!mount_small(folder.path())) {
    std::puts("no right to mount a file system here: nothing was tested");
    return 0;
  }
  const int code = run(folder.path());
  ::umount2(folder.path().c_str(), MNT_DETACH);
  return code;
}
