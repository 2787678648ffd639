#pragma once

#include <string_view>

namespace leafgate {

// Of the calling thread. How `top -H` and a core file name it; the kernel keeps the first 15 octets.
void name_thread(std::string_view name);

// From now on the calling thread has of a core what others leave, and next to nothing while they want all of
// it (SCHED_IDLE: a weight of 3 against 1,024, and only among the threads of its own control group: a busy
// neighbour in another one shares with the whole service): for long work that nobody waits for. A thread of
// the group that wakes takes the core from it at once, which it would not from one that is merely less nice.
// It must hold no lock that others wait for (runtime/offload). Where the system forbids it, the thread stays
// as it was.
void give_way();
// The calling thread stands behind those that wait for its core. One that has given way does so before it
// begins: only who wakes takes the core from it, and who waits already, having had more than its share, would
// get it back at the next tick of the clock (3 to 4 ms, measured), with all leaves behind it.
void let_others_go_first();

}  // namespace leafgate
