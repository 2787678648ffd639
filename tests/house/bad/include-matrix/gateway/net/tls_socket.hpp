#include "gateway/ports/clock.hpp"  // bad
