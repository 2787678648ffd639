#include "gateway/model/reason.hpp"

#include "gateway/crypto/digest.hpp"  // bad
#include "gateway/runtime/task.hpp"   // bad
