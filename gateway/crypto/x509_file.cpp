#include "gateway/crypto/x509_file.hpp"

#include <algorithm>
#include <iterator>

#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/der_frame.hpp"

namespace leafgate::crypto {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_mark = "-----END ";
constexpr std::string_view dashes = "-----";

// A PEM block: what it says it is, and its base64 without line breaks.
struct Block {
  std::string_view label;
  std::string base64;
};

Error malformed(std::size_t number, const std::string& what) {
  return {Errc::malformed, "PEM block " + std::to_string(number) + ": " + what};
}

// A SEQUENCE with a length in two octets, as every certificate has; a text may begin with the digit 0 too.
bool begins_as_der(ByteView file) { return file.size() > 1 && file[0] == 0x30 && file[1] == 0x82; }

bool is_blank(char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; }

// The block at the front of `text`, which is moved behind it.
Result<Block> take_block(std::string_view& text, std::size_t number) {
  text.remove_prefix(begin_mark.size());
  const std::size_t label_end = text.find(dashes);
  if (label_end == std::string_view::npos || text.find('\n') < label_end)
    return malformed(number, "its first line is not whole");
  Block block;
  block.label = text.substr(0, label_end);
  text.remove_prefix(label_end + dashes.size());
  const std::size_t end = text.find(end_mark);
  if (end == std::string_view::npos) return malformed(number, "has no END line");
  const std::string_view body = text.substr(0, end);
  text.remove_prefix(end + end_mark.size());
  if (!text.starts_with(block.label) || !text.substr(block.label.size()).starts_with(dashes))
    return malformed(number, "ends as something else than it begins");
  text.remove_prefix(block.label.size() + dashes.size());
  std::copy_if(body.begin(), body.end(), std::back_inserter(block.base64),
               [](char c) { return !is_blank(c); });
  return block;
}

class Reader {
 public:
  explicit Reader(const CertificateLimits& limits) : limits_(limits) {}

  Result<void> take(Bytes der) {
    octets_ += der.size();
    if (found_.size() == limits_.most || octets_ > limits_.octets)
      return Error(Errc::too_large, "more than " + std::to_string(limits_.most) + " certificates, or " +
                                        std::to_string(limits_.octets / 1024) + " KiB of them");
    if (der.size() > Certificate::largest) return Error(Errc::too_large, "certificate: larger than 16 KiB");
    if (!is_framed_as_der(der))
      return Error(Errc::malformed, "certificate: not in DER, or followed by something");
    found_.push_back(std::move(der));
    return {};
  }

  Result<void> take_pem(std::string_view text) {
    for (std::size_t number = 1;; ++number) {
      const std::size_t begin = text.find(begin_mark);
      if (begin == std::string_view::npos) break;
      text.remove_prefix(begin);
      const auto block = take_block(text, number);
      if (!block) return block.error();
      if (auto taken = take_pem_block(*block, number); !taken) return taken;
    }
    if (found_.empty()) return Error(Errc::malformed, "no certificate in it, neither PEM nor DER");
    return {};
  }

  std::vector<Bytes> found() { return std::move(found_); }

 private:
  Result<void> take_pem_block(const Block& block, std::size_t number) {
    if (block.label.ends_with("PRIVATE KEY"))
      return Error(Errc::refused,
                   "a private key is in the file; a device's key never leaves the device, give "
                   "only the certificate");
    if (block.label != "CERTIFICATE")
      return Error(Errc::unsupported, "PEM block " + std::to_string(number) + " is not a CERTIFICATE");
    // Before it is decoded: four characters for three octets.
    if (block.base64.size() / 4 * 3 > Certificate::largest + 3)
      return Error(Errc::too_large, "certificate: larger than 16 KiB");
    auto der = base64::decode(block.base64);
    if (!der) return malformed(number, der.error().detail);
    return take(std::move(*der));
  }

  CertificateLimits limits_;
  std::vector<Bytes> found_;
  std::size_t octets_ = 0;
};

}  // namespace

Result<std::vector<Bytes>> unwrap_certificates(ByteView file, const CertificateLimits& limits) {
  Reader reader(limits);
  auto read =
      begins_as_der(file) ? reader.take(Bytes(file.begin(), file.end())) : reader.take_pem(as_text(file));
  if (!read) return read.error();
  return reader.found();
}

Result<std::vector<Certificate>> read_certificates(ByteView file, const CertificateLimits& limits) {
  const auto unwrapped = unwrap_certificates(file, limits);
  if (!unwrapped) return unwrapped.error();
  std::vector<Certificate> found;
  for (const Bytes& der : *unwrapped) {
    auto certificate = Certificate::parse(der);
    if (!certificate) return certificate.error();
    found.push_back(std::move(*certificate));
  }
  return found;
}

bool looks_like_certificates(ByteView file) {
  return begins_as_der(file) || as_text(file).find(begin_mark) != std::string::npos;
}

}  // namespace leafgate::crypto
