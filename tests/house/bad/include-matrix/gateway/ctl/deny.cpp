#include "gateway/flows/decide.hpp"  // bad
#include "gateway/net/http_client.hpp"
#include "gateway/ports/operator.hpp"  // bad
