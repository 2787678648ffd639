#include "gateway/flows/forward.hpp"

#include "gateway/attestation/match.hpp"
#include "gateway/ports/registrar.hpp"

namespace leafgate {
namespace {
const char* const names[] = {"a", "b"};
struct Row {
  char text[8];
  int values[2]{1, 2};
};
}  // namespace

Task<Result<int>> fetch(int n);
Task<Result<void>> shared();
struct Other {
  Task<void> shared();
};
Task<void> nothing(int n);

// if (co_await f()) in a comment, and "co_await (a ? b : c)" in a string
Task<int> safe(Loop& loop, Link& link, std::string text, bool c) {
  const char* quoted = "if (co_await f({1, 2}))";
  auto ec = co_await link.open();
  if (ec) co_return 0;
  if (auto rows = co_await link.rows(); !rows) co_return 1;
  if (const Result<int> row = co_await link.row()) co_return 2;
  for (const auto& row : co_await link.rows()) link.use(row);
  for (auto&& row : co_await link.rows()) link.use(row);
  if (c && link.ready()) co_await nothing(1);
  while (c || link.ready()) {
    auto&& held = co_await link.row();
    auto [first, second] = co_await link.pair();
    auto& [third, fourth] = co_await link.other_pair();
    names[1] = held[2];
  }
  if (c ? link.a : link.b) co_await nothing(2);
  const int chosen = c ? 1 : 2;
  auto list = std::vector<int>{1, 2};
  Message message{.id = 1};
  co_await link.send(std::move(message), std::move(list), Detail(1, 2));
  auto work = [text] { use(text); };
  co_await on(loop, std::move(work));
  co_await on(loop, [&text] { use(text); });
  co_await on(loop, [] { return Pair{1, 2}; });
  co_await on(loop, [&](int n) -> std::pair<int, int> { return n ? a : b; });
  auto inner = [](Link& l) -> Task<void> {
    auto up = co_await l.up();
    if (up) co_return;
  };
  co_await inner(link);
  const auto done = co_await fetch(3);
  co_await shared();
  static const char table[] = "abc";
  switch (chosen) {
    case 1:
      co_await nothing(3);
      break;
    default:
      break;
  }
  do {
    auto next = co_await fetch(4);
    if (!next) break;
  } while (c);
  co_return co_await link.last(names[0], table[1], list[2]);
}

template <class F>
auto over(F f) -> Task<int> {
  struct Local {
    char bytes[4];
  };
  co_return co_await f(co_await g());
}

void not_a_coroutine(bool c) {
  char scratch[128];
  struct tm parts{};
  auto first = c ? Pair{1, 2} : Pair{3, 4};
  asio::co_spawn(loop, [c]() -> Task<void> { co_await nothing(c); }, asio::detached);
}
}  // namespace leafgate
