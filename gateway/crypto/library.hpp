#pragma once

namespace leafgate::crypto {

// OpenSSL stays as it is while the process ends: threads of libraries (Paho's, towards a broker) may still
// use it then, and what is freed under them is a crash at the very end. First of all, before any other use of
// it.
void keep_library_to_the_end();

}  // namespace leafgate::crypto
