#include "gateway/crypto/library.hpp"

#include <openssl/crypto.h>

namespace leafgate::crypto {

void keep_library_to_the_end() { (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr); }

}  // namespace leafgate::crypto
