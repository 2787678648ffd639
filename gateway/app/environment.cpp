#include "gateway/app/environment.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace leafgate {
namespace {

constexpr int first_passed_descriptor = 3;  // SD_LISTEN_FDS_START, sd_listen_fds(3)
constexpr int most_descriptors = 64;

std::string text_of(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::optional<long> number_of(const char* name) {
  const std::string text = text_of(name);
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

bool is_for_this_process(const char* pid_name) {
  const auto pid = number_of(pid_name);
  return !pid || *pid == ::getpid();
}

}  // namespace

Environment read_environment() {
  Environment environment;
  environment.notify_socket = text_of("NOTIFY_SOCKET");
  if (is_for_this_process("WATCHDOG_PID"))
    environment.watchdog = std::chrono::microseconds(std::max(0L, number_of("WATCHDOG_USEC").value_or(0)));
  const long count = number_of("LISTEN_FDS").value_or(0);
  if (count > 0 && count <= most_descriptors && is_for_this_process("LISTEN_PID")) {
    for (int i = 0; i < static_cast<int>(count); ++i) {
      const int descriptor = first_passed_descriptor + i;
      ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
      environment.descriptors.push_back(descriptor);
    }
  }
  return environment;
}

}  // namespace leafgate
