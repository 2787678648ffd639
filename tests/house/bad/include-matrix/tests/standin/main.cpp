#include "adapters/wire/dps_json.hpp"  // bad
#include "gateway/model/result.hpp"    // bad
#include "store/database.hpp"          // bad
#include "tests/standin/service.hpp"
