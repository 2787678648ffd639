#include "adapters/https/routes.hpp"  // bad
#include "adapters/mqtt/packet.hpp"
#include "gateway/flows/admit.hpp"  // bad
#include "tests/fakes/stream.hpp"   // bad
