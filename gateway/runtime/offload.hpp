#pragma once

#include <type_traits>
#include <utility>

#include "gateway/runtime/task.hpp"

namespace leafgate {

// Runs f() on the pool (a Loop that carries no sockets) and gives its value back on the caller's loop: for
// work that takes milliseconds, like parsing a big import or reading a directory. f() must not touch what
// belongs to a loop. In a simulation the pool is the simulator's own executor, and f() runs in place.
template <class F>
Task<std::invoke_result_t<F&>> offload(Executor pool, F f) {
  return on(std::move(pool), std::move(f));
}

}  // namespace leafgate
