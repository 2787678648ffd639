// The proxy towards the service: where it is; and secrets that stand in files of their own.
#include <algorithm>
#include <charconv>
#include <fstream>

#include <sys/stat.h>

#include "gateway/app/config_value.hpp"

namespace leafgate {
namespace {

constexpr std::string_view scheme = "http://";
constexpr std::size_t longest_secret = 512;

}  // namespace

Result<ProxyAddress> parse_proxy(std::string_view text) {
  const Error wrong(Errc::malformed, "a proxy is \"http://HOST:PORT\"");
  if (text.find('@') != std::string_view::npos)
    return Error(Errc::refused, "user and password belong into service.proxy_credentials_file, not here");
  if (!text.starts_with(scheme)) return wrong;
  text.remove_prefix(scheme.size());
  if (text.ends_with('/')) text.remove_suffix(1);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!problem_of_host(host).empty() || bracketed != (host.find(':') != std::string_view::npos)) return wrong;
  ProxyAddress out;
  out.host = std::string(host);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size() || out.port == 0) return wrong;
  return out;
}

std::string_view problem_of_proxy(std::string_view text) {
  const auto proxy = parse_proxy(text);
  if (proxy) return "";
  return proxy.error().code == Errc::refused
             ? "carries a user: user and password belong into service.proxy_credentials_file"
             : "is \"http://HOST:PORT\"";
}

Result<HttpsUrl> parse_https_url(std::string_view text) {
  constexpr std::string_view https = "https://";
  const Error wrong(Errc::malformed, "is \"https://HOST/PATH\"");
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (!printable || !text.starts_with(https) || text.find('@') != std::string_view::npos) return wrong;
  text.remove_prefix(https.size());
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || text.find('#') != std::string_view::npos) return wrong;
  HttpsUrl out;
  out.path = std::string(text.substr(slash));
  std::string_view host = text.substr(0, slash);
  if (const std::size_t colon = host.rfind(':'); colon != std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (error != std::errc() || end != port.data() + port.size() || out.port == 0) return wrong;
    host = host.substr(0, colon);
  }
  // A literal IPv6 address has no place in a certificate that people make.
  if (!problem_of_host(host).empty() || host.find(':') != std::string_view::npos) return wrong;
  out.host = std::string(host);
  return out;
}

std::string_view problem_of_https_url(std::string_view text) {
  return parse_https_url(text) ? "" : "is \"https://HOST/PATH\"";
}

Result<std::string> read_secret(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return Error(Errc::not_found, path + ": cannot be read");
  if ((about.st_mode & (S_IRWXO | S_IWGRP)) != 0)
    return Error(Errc::refused, path + ": others may read or write it; chmod 640 it, or 600");
  std::ifstream in(path);
  std::string line;
  if (!S_ISREG(about.st_mode) || !std::getline(in, line))
    return Error(Errc::not_found, path + ": cannot be read, or is empty");
  if (line.ends_with('\r')) line.pop_back();
  const bool printable = line.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
  if (!printable || line.size() > longest_secret)
    return Error(Errc::malformed, path + ": is no line of text of at most 512 octets");
  return line;
}

Result<std::string> read_credentials(const std::string& path) {
  auto line = read_secret(path);
  if (line && line->find(':') == std::string::npos)
    return Error(Errc::malformed, path + ": is one line USER:PASSWORD");
  return line;
}

}  // namespace leafgate
