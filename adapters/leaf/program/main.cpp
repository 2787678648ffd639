// leafgate-leaf: a device without IP that registers through leafgate, over a serial line or the site's
// broker: the leaf library as a program. It shares no code with the gateway.

#include <csignal>
#include <cstdio>
#include <exception>

#include <openssl/crypto.h>

#include "adapters/leaf/program/leaf.hpp"

namespace leafgate::device {
namespace {

constexpr unsigned pause_after_failure = 10;  // seconds, between the visits of a leaf that stays

int run(const Options& options) {
  Identity identity = open_identity(options);
  if (options.print_enrollment) {
    std::fputs(enrollment_text(options, identity).c_str(), stderr);
    std::puts(enrollment_json(options, identity).c_str());
    return 0;
  }
  const auto carrier = options.tty.empty() ? open_broker(options) : open_tty(options);
  Leaf leaf(options, identity, *carrier);
  for (;;) {
    const Outcome outcome = leaf.run(options.timeout);
    std::puts(outcome.line.c_str());
    std::fflush(stdout);
    if (!options.loop) return outcome.exit_status();
    leaf.stay(outcome.verdict == Outcome::Verdict::assigned ? options.every : pause_after_failure);
  }
}

}  // namespace
}  // namespace leafgate::device

int main(int argc, char** argv) {
  // Threads of Paho may still use OpenSSL while main() returns: it is not taken away under them.
  (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  leafgate::device::Options options;
  const int status = leafgate::device::parse_options(argc, argv, options);
  if (status >= 0) return status;
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return leafgate::device::run(options);
  } catch (const leafgate::device::TpmError& error) {
    std::fprintf(stderr, "leafgate-leaf: %s\n", error.what());
    const auto outcome = leafgate::device::no_answer(options, error.what());
    if (!options.print_enrollment) std::puts(outcome.line.c_str());
    return outcome.exit_status();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "leafgate-leaf: %s\n", error.what());
    return 2;
  }
}
