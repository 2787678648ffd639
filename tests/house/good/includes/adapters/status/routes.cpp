#include <nlohmann/json.hpp>

#include "adapters/wire/dps_json.hpp"
#include "gateway/net/http_server.hpp"
#include "gateway/ports/operator.hpp"
