#include "gateway/flows/admit.hpp"   // bad
#include "gateway/net/deadlines.hpp" // bad
