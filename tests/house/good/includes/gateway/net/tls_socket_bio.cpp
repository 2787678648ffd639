#include <openssl/bio.h>
#include <boost/asio/ip/tcp.hpp>

#include "gateway/crypto/tls_context.hpp"
// #include "gateway/flows/admit.hpp" in a comment
