#include "leafgate_leaf.h"

#include <string.h>
