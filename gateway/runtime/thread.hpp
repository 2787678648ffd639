#pragma once

#include <string_view>

namespace leafgate {

// Of the calling thread. How `top -H` and a core file name it; the kernel keeps the first 15 octets.
void name_thread(std::string_view name);

// From now on the calling thread has a core only while no other thread of the machine wants it (SCHED_IDLE):
// for long work that nobody waits for. A thread that wakes takes the core from it at once, which it would not
// from one that is merely less nice. It must hold no lock that others wait for. Where the system forbids it,
// the thread stays as it was.
void give_way();

}  // namespace leafgate
