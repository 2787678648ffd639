#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "gateway/ctl/handover.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::size_t tar_block = 512;

struct Header {
  std::array<char, tar_block> octets{};

  void text(std::size_t at, std::size_t room, std::string_view value) {
    std::memcpy(octets.data() + at, value.data(), std::min(room, value.size()));
  }
  // Octal digits with a zero behind them.
  void number(std::size_t at, std::size_t room, std::uint64_t value) {
    std::array<char, 24> digits{};
    std::snprintf(digits.data(), digits.size(), "%0*llo", static_cast<int>(room - 1),
                  static_cast<unsigned long long>(value));
    text(at, room, digits.data());
  }
};

}  // namespace

// Places of the fields: POSIX.1-1988, "ustar Interchange Format".
void TarText::add(const std::string& name, std::string_view content) {
  Header header;
  header.text(0, 100, name);
  header.number(100, 8, 0600);
  header.number(108, 8, 0);
  header.number(116, 8, 0);
  header.number(124, 12, content.size());
  const auto seconds = std::chrono::duration_cast<Seconds>(now_.time_since_epoch()).count();
  header.number(136, 12, static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0)));
  header.text(148, 8, "        ");
  header.text(156, 1, "0");
  header.text(257, 8,
              std::string_view("ustar\0"
                               "00",
                               8));
  header.text(265, 32, "root");
  header.text(297, 32, "root");
  unsigned sum = 0;
  for (const char octet : header.octets) sum += static_cast<unsigned char>(octet);
  header.number(148, 7, sum);
  out_.append(header.octets.data(), tar_block).append(content);
  out_.append((tar_block - content.size() % tar_block) % tar_block, '\0');
}

}  // namespace leafgate::ctl
