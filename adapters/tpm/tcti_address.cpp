#include "adapters/tpm/tcti_address.hpp"

#include <charconv>

#include <arpa/inet.h>
#include <sys/un.h>

namespace leafgate::tpm {
namespace {

Error malformed(std::string_view text, const std::string& why) {
  return {Errc::malformed, "\"" + std::string(text) + "\": " + why};
}

bool is_address(const std::string& host) {
  in6_addr parsed{};
  return ::inet_pton(AF_INET, host.c_str(), &parsed) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

bool is_absolute(std::string_view path) {
  return path.starts_with('/') && path.find('\0') == std::string_view::npos;
}

// One "name=value" of a swtpm address.
Result<void> take(std::string_view text, std::string_view part, TctiAddress& into) {
  const std::size_t equals = part.find('=');
  const std::string_view name = part.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? "" : part.substr(equals + 1);
  if (name == "path" && into.path.empty() && into.host.empty() && into.port == 0) {
    if (!is_absolute(value)) return malformed(text, "path must be absolute");
    if (value.size() >= sizeof(sockaddr_un::sun_path))
      return malformed(text, "path is too long for a socket");
    into.path = value;
    return {};
  }
  if (name == "host" && into.host.empty() && into.path.empty()) {
    into.host = value == "localhost" ? "127.0.0.1" : value;
    if (!is_address(into.host)) return malformed(text, "host must be an address or localhost");
    return {};
  }
  if (name == "port" && into.port == 0 && into.path.empty()) {
    const char* end = value.data() + value.size();
    const auto [rest, failed] = std::from_chars(value.data(), end, into.port);
    if (failed != std::errc() || rest != end || into.port == 0)
      return malformed(text, "port must be 1 to 65535");
    return {};
  }
  return malformed(text,
                   "\"" + std::string(part) + "\" is not expected; write path=SOCKET or host=ADDRESS,port=N");
}

Result<TctiAddress> parse_swtpm(std::string_view text, std::string_view rest) {
  TctiAddress address;
  while (true) {
    const std::size_t comma = rest.find(',');
    if (auto taken = take(text, rest.substr(0, comma), address); !taken) return taken.error();
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (!address.path.empty()) {
    address.kind = TctiAddress::Kind::unix_socket;
    return address;
  }
  if (address.port == 0) return malformed(text, "port is missing");
  if (address.host.empty()) address.host = "127.0.0.1";
  address.kind = TctiAddress::Kind::tcp;
  return address;
}

}  // namespace

Result<TctiAddress> parse_tcti(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (kind == "device") {
    if (!is_absolute(rest)) return malformed(text, "the device must be an absolute path");
    TctiAddress address;
    address.path = rest;
    return address;
  }
  if (kind == "swtpm") return parse_swtpm(text, rest);
  return Error(Errc::unsupported, "\"" + std::string(text) + "\": a TPM is device:PATH or swtpm:...");
}

}  // namespace leafgate::tpm
