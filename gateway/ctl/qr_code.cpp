#include "gateway/ctl/qr_code.hpp"

#include <memory>

#include <qrencode.h>

namespace leafgate::ctl {
namespace {

constexpr int margin = 1;

// Both colours are set: what a terminal has for its own does not matter.
constexpr std::string_view black_on_white = "\x1b[30;107m";
constexpr std::string_view plain = "\x1b[0m";

struct Free {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

bool is_dark(const QRcode& code, int x, int y) {
  if (x < 0 || y < 0 || x >= code.width || y >= code.width) return false;
  return (code.data[y * code.width + x] & 1U) != 0;
}

std::string_view half_blocks(bool upper, bool lower) {
  if (upper && lower) return "\u2588";
  if (upper) return "\u2580";
  return lower ? "\u2584" : " ";
}

}  // namespace

Result<std::string> qr_code(std::string_view text) {
  const std::unique_ptr<QRcode, Free> code(QRcode_encodeData(
      static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_L));
  if (!code) return Error(Errc::too_large, "this is too long for a QR code");
  std::string out;
  for (int y = -margin; y < code->width + margin; y += 2) {
    out += black_on_white;
    for (int x = -margin; x < code->width + margin; ++x)
      out += half_blocks(is_dark(*code, x, y), is_dark(*code, x, y + 1));
    out.append(plain).append("\n");
  }
  return out;
}

}  // namespace leafgate::ctl
