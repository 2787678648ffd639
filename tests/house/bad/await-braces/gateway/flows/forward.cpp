Task<Answer> braces(Link& link) {
  auto a = co_await link.send(Message{1, 2});          // bad
  auto b = co_await link.send({1, 2});                 // bad
  auto c = co_await link.send(Message{.id = 1});       // bad
  Pair d{co_await link.make(), 3};                     // bad
  auto e = co_await link.list(std::vector<int>{1, 2});  // bad
  co_return co_await link.send({});                    // bad
}
Task<void> in_a_branch(Link& link, bool c) {
  if (c) {
    co_await link.send(
        Message{1, 2});  // bad
  } else {
    co_return;
  }
}
