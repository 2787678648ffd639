Task<int> branches(Link& link, bool c) {
  int x = co_await (c ? link.a() : link.b());    // bad
  int y = c ? co_await link.a() : 0;             // bad
  auto z = co_await link.f(c ? x : Detail());    // bad
  bool b = c && co_await link.up();              // bad
  bool d = c || co_await link.up();              // bad
  bool e = link.ready && f(co_await link.up());  // bad
  co_return c ? co_await link.a() : 1;           // bad
}
