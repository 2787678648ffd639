#include "gateway/model/result.hpp"  // bad
#include "leafgate_leaf.h"
