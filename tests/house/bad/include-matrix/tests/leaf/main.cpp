#include "gateway/crypto/hmac.hpp"    // bad
#include "tests/standin/service.hpp"  // bad
