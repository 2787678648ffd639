#include "ids.hpp"           // bad
#include "model/reason.hpp"  // bad
#include "../crypto/x.hpp"   // bad
