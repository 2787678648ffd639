#include "adapters/wire/dps_json.hpp"  // bad
#include "gateway/net/listener.hpp"    // bad
#include "gateway/ports/registrar.hpp"
#include "store/database.hpp"  // bad
