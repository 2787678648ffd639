#include "gateway/model/receipt.hpp"

namespace leafgate {
namespace {

// How many octets at `at` are one character of UTF-8 (RFC 3629); 0: none.
std::size_t character(std::string_view text, std::size_t at) {
  const auto octet = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  const std::uint8_t first = octet(at);
  std::size_t size = 1;
  std::uint32_t code = first;
  if (first >= 0xf0 && first < 0xf8) {
    size = 4;
    code = first & 0x07U;
  } else if (first >= 0xe0 && first < 0xf0) {
    size = 3;
    code = first & 0x0fU;
  } else if (first >= 0xc0 && first < 0xe0) {
    size = 2;
    code = first & 0x1fU;
  } else if (first >= 0x80) {
    return 0;
  }
  for (std::size_t i = 1; i < size; ++i) {
    if ((octet(at + i) & 0xc0U) != 0x80U) return 0;
    code = code << 6U | (octet(at + i) & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < least.at(size) || code > 0x10ffff || surrogate ? 0 : size;
}

std::string escaped(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (c == '"' || c == '\\') return {'\\', c};
  const auto octet = static_cast<std::uint8_t>(c);
  return std::string("\\u00") + digits[octet >> 4U] + digits[octet & 0x0fU];
}

void put(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append(",\"").append(name).append("\":").append(json_string(value));
}

}  // namespace

bool tells_of_an_assignment(Ruling ruling) {
  return ruling == Ruling::assigned || ruling == Ruling::refreshed || ruling == Ruling::provisional;
}

std::string_view to_text(Ruling ruling) {
  switch (ruling) {
    case Ruling::assigned:
      return "assigned";
    case Ruling::refreshed:
      return "refreshed";
    case Ruling::refused:
      return "refused";
    case Ruling::failed:
      return "failed";
    case Ruling::disabled:
      return "disabled";
    case Ruling::withdrawn:
      return "withdrawn";
    case Ruling::provisional:
      return "provisional";
  }
  return "assigned";
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const std::size_t size = character(text, at);
    if (size == 0) {
      out += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\' || static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f) {
      out += escaped(c);
    } else {
      out += text.substr(at, size);
    }
    at += size == 0 ? 1 : size;
  }
  return out + '"';
}

std::string entry_text(const Receipt& receipt, const Registration& registration, std::string_view gateway,
                       std::int64_t sequence) {
  std::string out = "{\"v\":1,\"sequence\":" + std::to_string(sequence);
  put(out, "at", to_rfc3339(receipt.at));
  put(out, "clock", to_text(receipt.clock));
  put(out, "gateway", gateway);
  put(out, "registrationId", registration.id.text());
  put(out, "decision", to_text(receipt.ruling));
  put(out, "reason", code(receipt.reason));
  const bool tells_a_hub = tells_of_an_assignment(receipt.ruling);
  if (tells_a_hub && registration.assignment) {
    put(out, "assignedHub", registration.assignment->assigned_hub);
    put(out, "deviceId", registration.assignment->device_id);
    put(out, "enrollment", registration.assignment->enrollment_id);
  }
  put(out, "operationId", receipt.operation_id);
  return out + '}';
}

}  // namespace leafgate
