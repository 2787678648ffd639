#include "gateway/model/time.hpp"

auto steady() { return std::chrono::steady_clock::now(); }
auto wall() { return std::chrono::system_clock::now(); }
using Timer = boost::asio::basic_waitable_timer<LoopClock>;
Task<void> both(Loop& loop) {
  using namespace boost::asio::experimental::awaitable_operators;
  co_await asio::co_spawn(loop, work(), asio::use_awaitable);
}
