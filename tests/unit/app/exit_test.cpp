#include "gateway/app/exit.hpp"

#include <gtest/gtest.h>

namespace leafgate::exit_test {
namespace {

// What the unit names in RestartPreventExitStatus keeps a site down until somebody comes.
TEST(ExitTest, only_what_nothing_but_a_hand_mends_is_a_configuration) {
  const struct {
    Errc met;
    Exit expected;
  } cases[] = {
      {Errc::malformed, Exit::configuration},
      {Errc::not_found, Exit::configuration},
      {Errc::conflict, Exit::configuration},     // a database of a later version
      {Errc::refused, Exit::configuration},      // a port below 1024, a folder that others may write
      {Errc::too_large, Exit::configuration},    // the path of the status socket
      {Errc::unsupported, Exit::configuration},  // IPv6 where the kernel has none
      {Errc::untrusted, Exit::configuration},
      {Errc::in_use, Exit::not_now},    // the state folder or a port, held by a process that has yet to end
      {Errc::internal, Exit::not_now},  // descriptors, memory
      {Errc::throttled, Exit::not_now},
      {Errc::timed_out, Exit::not_now},
      {Errc::stopped, Exit::not_now},
      {Errc::store_fault, Exit::store_fault},
      {Errc::store_full, Exit::store_fault},
  };
  for (const auto& each : cases)
    EXPECT_EQ(exit_of(Error(each.met, "detail")), each.expected) << to_text(each.met);
}

TEST(ExitTest, one_mistake_for_a_hand_among_what_passes_is_enough) {
  const Error passes(Errc::internal, "Too many open files");
  const Error stays(Errc::malformed, "no key");
  EXPECT_EQ(exit_of(std::vector<Error>()), std::nullopt);
  EXPECT_EQ(exit_of(std::vector<Error>{passes}), Exit::not_now);
  EXPECT_EQ(exit_of(std::vector<Error>{passes, stays, passes}), Exit::configuration);
}

}  // namespace
}  // namespace leafgate::exit_test
