#include "gateway/model/expected_leaf.hpp"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

#include "gateway/model/ids.hpp"

namespace leafgate {
namespace {

// 4 or 16 octets in the order of the network; empty when it is no address.
std::string octets_of(std::string_view text) {
  const std::string whole(text);
  std::string out(16, '\0');
  if (::inet_pton(AF_INET, whole.c_str(), out.data()) == 1) {
    out.resize(4);
    return out;
  }
  return whole.find('%') == std::string::npos && ::inet_pton(AF_INET6, whole.c_str(), out.data()) == 1
             ? out
             : std::string();
}

unsigned char mask_at(unsigned prefix, std::size_t octet) {
  const auto before = static_cast<unsigned>(octet * 8);
  if (prefix >= before + 8) return 0xff;
  if (prefix <= before) return 0;
  return static_cast<unsigned char>(0xff00U >> (prefix - before));
}

bool same_under(const std::string& a, const std::string& b, unsigned prefix) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (((static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])) & mask_at(prefix, i)) != 0)
      return false;
  return true;
}

// Digits and dots, or two colons at least: nobody calls a line so.
bool looks_like_address(std::string_view text) {
  const auto is_of_address = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return std::all_of(text.begin(), text.end(), is_of_address) ||
         std::count(text.begin(), text.end(), ':') > 1;
}

Error malformed(const char* why) { return {Errc::malformed, why}; }

}  // namespace

Result<SitePlace> SitePlace::parse(std::string_view text) {
  SitePlace out;
  const auto slash = text.find('/');
  const std::string_view front = text.substr(0, slash);
  out.octets_ = octets_of(front);
  if (out.octets_.empty()) {
    const bool is_path = text.size() > 1 && text.front() == '/' && !looks_like_address(text);  // of a device
    if (!is_path && (front.empty() || looks_like_address(front)))
      return malformed("is neither an address, a network, nor a line");
    out.text_ = ascii_lower(text);
    return out;
  }
  out.kind_ = Kind::network;
  const auto whole = static_cast<unsigned>(out.octets_.size() * 8);
  out.prefix_ = whole;
  if (slash == std::string_view::npos) return out;
  const std::string_view digits = text.substr(slash + 1);
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), out.prefix_);
  if (digits.empty() || end.ec != std::errc() || end.ptr != digits.data() + digits.size() ||
      out.prefix_ > whole)
    return malformed(whole == 32 ? "its prefix is 0 to 32" : "its prefix is 0 to 128");
  std::string first = out.octets_;
  for (std::size_t i = 0; i < first.size(); ++i)
    first[i] = static_cast<char>(static_cast<unsigned char>(first[i]) & mask_at(out.prefix_, i));
  if (first != out.octets_) return malformed("has bits set behind its prefix");
  return out;
}

bool SitePlace::contains(std::string_view source) const {
  if (kind_ == Kind::link) {
    const std::string there = ascii_lower(source);
    return there == text_ || there.starts_with(text_ + "/");
  }
  const std::string there = octets_of(source);
  return there.size() == octets_.size() && same_under(there, octets_, prefix_);
}

bool SitePlace::is_single() const {
  if (kind_ == Kind::link) return text_.find('/') != std::string::npos;
  return prefix_ == octets_.size() * 8;
}

}  // namespace leafgate
