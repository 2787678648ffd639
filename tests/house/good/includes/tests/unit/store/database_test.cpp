#include <openssl/evp.h>
#include <sqlite3.h>

#include "store/database.hpp"
#include "tests/fakes/clock.hpp"
