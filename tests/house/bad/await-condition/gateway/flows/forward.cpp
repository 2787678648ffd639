Task<void> conditions(Link& link) {
  if (co_await link.up()) link.use();                       // bad
  if (!co_await link.up()) co_return;                       // bad
  if (x == co_await link.state()) co_return;                // bad
  while (co_await link.up()) link.use();                    // bad
  while ((state = co_await link.state()) != State::down) {  // bad
    link.use();
  }
  do {
    link.use();
  } while (co_await link.up());      // bad
  switch (co_await link.state()) {   // bad
    case State::up:
      if (f(co_await link.up())) {   // bad
        co_return;
      }
  }
  for (int i = 0; i < co_await link.count(); ++i) link.use();  // bad
  if constexpr (true) co_return;
  if (auto ec = co_await link.open(); co_await link.up()) co_return;  // bad
}
auto lambda = [] {
  return [](Link& link) -> Task<void> {
    if (co_await link.up()) co_return;  // bad
  };
};
