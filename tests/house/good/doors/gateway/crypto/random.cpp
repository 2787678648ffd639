#include <openssl/rand.h>

std::random_device fallback;
