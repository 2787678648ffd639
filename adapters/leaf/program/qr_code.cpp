#include "adapters/leaf/program/qr_code.hpp"

#include <memory>

#include <qrencode.h>

namespace leafgate::device {
namespace {

constexpr int margin = 2;

struct FreedCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

bool is_dark(const QRcode& code, int x, int y) {
  if (x < 0 || y < 0 || x >= code.width || y >= code.width) return false;
  return (code.data[y * code.width + x] & 1U) != 0;
}

std::string_view module_pair(bool upper, bool lower) {
  static constexpr std::string_view pairs[] = {" ", "\u2584", "\u2580", "\u2588"};
  return pairs[(upper ? 2 : 0) + (lower ? 1 : 0)];
}

}  // namespace

std::string qr_code(std::string_view text) {
  const std::unique_ptr<QRcode, FreedCode> code(QRcode_encodeData(
      static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_L));
  std::string out;
  for (int y = -margin; code != nullptr && y < code->width + margin; y += 2) {
    out += "\x1b[30;107m";
    for (int x = -margin; x < code->width + margin; ++x)
      out += module_pair(is_dark(*code, x, y), is_dark(*code, x, y + 1));
    out += "\x1b[0m\n";
  }
  return out;
}

}  // namespace leafgate::device
