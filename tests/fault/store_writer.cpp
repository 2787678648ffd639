// Registers leaves without end and says on stdout, one line each, which answer has been given: "q N" queued,
// "s N" settled. To be killed.
//   fault_store_writer FOLDER FIRST
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

#include "gateway/crypto/random.hpp"
#include "store/store.hpp"
#include "tests/unit/store/examples.hpp"

namespace {

using namespace leafgate;

constexpr int at_once = 8;

void say(char what, int leaf) {
  char line[32];
  const int size = std::snprintf(line, sizeof line, "%c %d\n", what, leaf);
  if (::write(STDOUT_FILENO, line, static_cast<std::size_t>(size)) != size) std::_Exit(1);
}

Task<void> come(Registrations& registrations, int leaf) {
  for (;; leaf += at_once) {
    const std::string name = std::to_string(leaf);
    OutboxRow row = example::outbox_row("leaf-" + name, "op-" + name);
    const auto queued = co_await registrations.enqueue(std::move(row), example::notes(leaf));
    if (!queued) std::_Exit(1);
    say('q', leaf);
    if (leaf % 3 == 0) continue;
    auto receipt = example::receipt();
    const auto settled =
        co_await registrations.settle(example::registration("leaf-" + name), example::operation("op-" + name),
                                      example::notes(leaf), std::move(receipt));
    if (!settled) std::_Exit(1);
    say('s', leaf);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  example::CountingRandom random;
  StoreOptions options;
  options.path = argv[1];
  auto store = Store::open(std::move(options), random);
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().detail.c_str());
    return 1;
  }
  boost::asio::io_context context(1);
  for (int n = 0; n < at_once; ++n)
    spawn(context.get_executor(), come((*store)->registrations(), std::atoi(argv[2]) + n));
  context.run();
  return 0;
}
