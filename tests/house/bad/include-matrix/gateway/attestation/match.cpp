#include "gateway/runtime/clock.hpp"  // bad
