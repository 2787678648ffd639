Task<void> captures(Loop& loop, std::string text) {
  co_await on(loop, [text] { use(text); });                                       // bad
  co_await on(loop, [=] { use(text); });                                          // bad
  co_await on(loop, [&loop, text] { use(text); });                                // bad
  co_await on(loop, [t = std::move(text)] { use(t); });                           // bad
  co_await [text]() -> Task<void> { co_await use(text); }();                      // bad
  auto r = co_await on(loop, [*this, &text](int n) mutable -> R<int, int> { return n; });  // bad
}
