#pragma once

#include <type_traits>
#include <utility>

#include "gateway/runtime/task.hpp"
#include "gateway/runtime/thread.hpp"

namespace leafgate {

// Runs f() on the pool (a Loop that carries no sockets) and gives its value back on the caller's loop: for
// work that takes milliseconds, like parsing a big import or reading a directory. f() must not touch what
// belongs to a loop. In a simulation the pool is the simulator's own executor, and f() runs in place.
template <class F>
Task<std::invoke_result_t<F&>> offload(Executor pool, F f) {
  return on(std::move(pool), std::move(f));
}

// The same on a thread that has given way (runtime/thread), for what nobody waits for. Its value comes by way
// of the pool: whoever wakes a loop that waits for sockets holds the lock of its queue meanwhile (Boost 1.81,
// scheduler::wake_one_thread_and_unlock), the woken one takes the core from such a thread at once, and then
// waits for that lock until the thread has a core again. A pool's own thread is woken without it.
template <class F>
Task<std::invoke_result_t<F&>> offload_in_what_is_left(Executor background, Executor pool, F f) {
  auto behind = [f = std::move(f)]() mutable {
    let_others_go_first();
    return f();
  };
  return run_on(std::move(pool), offload(std::move(background), std::move(behind)));
}

}  // namespace leafgate
