#include "gateway/runtime/thread.hpp"

#include <string>

#include <pthread.h>
#include <sched.h>

namespace leafgate {
namespace {

constexpr std::size_t kept_of_a_name = 15;

}  // namespace

void name_thread(std::string_view name) {
  ::pthread_setname_np(::pthread_self(), std::string(name.substr(0, kept_of_a_name)).c_str());
}

void give_way() {
  const sched_param none{};
  (void)::pthread_setschedparam(::pthread_self(), SCHED_IDLE, &none);
}

void let_others_go_first() { (void)::sched_yield(); }

}  // namespace leafgate
