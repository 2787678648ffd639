#include "adapters/tunnel/tls_alert.hpp"

namespace leafgate::tunnel {
namespace {

struct Row {
  std::uint8_t description;
  std::string_view name;
};

constexpr Row rows[] = {
    {0, "close notify"},
    {10, "unexpected_message"},
    {20, "bad record mac"},
    {21, "decryption failed"},
    {22, "record overflow"},
    {30, "decompression failure"},
    {40, "handshake failure"},
    {41, "no certificate"},
    {42, "bad certificate"},
    {43, "unsupported certificate"},
    {44, "certificate revoked"},
    {45, "certificate expired"},
    {46, "certificate unknown"},
    {47, "illegal parameter"},
    {48, "unknown CA"},
    {49, "access denied"},
    {50, "decode error"},
    {51, "decrypt error"},
    {60, "export restriction"},
    {70, "protocol version"},
    {71, "insufficient security"},
    {80, "internal error"},
    {90, "user canceled"},
    {100, "no renegotiation"},
    {110, "unsupported extension"},
    {111, "certificate unobtainable"},
    {112, "unrecognized name"},
    {113, "bad certificate status response"},
    {114, "bad certificate hash value"},
    {115, "unknown PSK identity"},
    {120, "no application protocol"},
};

}  // namespace

std::string_view alert_name(std::uint8_t description) {
  for (const Row& row : rows)
    if (row.description == description) return row.name;
  return "unknown";
}

bool is_about_certificate(std::string_view alert) {
  return alert == "unknown CA" || alert == "access denied" ||
         alert.find("certificate") != std::string_view::npos;
}

}  // namespace leafgate::tunnel
