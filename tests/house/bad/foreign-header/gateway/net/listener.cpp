#include <openssl/ssl.h>  // bad
