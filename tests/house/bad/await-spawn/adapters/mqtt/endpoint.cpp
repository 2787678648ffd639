Task<void> spawn(Loop& loop) {
  co_await asio::co_spawn(loop.context(), work(), asio::use_awaitable);  // bad
  co_await co_spawn(loop.context(), [&]() -> Task<void> { co_return; },
                    use_awaitable);  // bad
  co_await co_spawn(loop.executor(), work(), use_task);  // bad
}
