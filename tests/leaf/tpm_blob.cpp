#include "tests/leaf/tpm_blob.hpp"

namespace leafgate::leaf {
namespace {

constexpr std::size_t prefix = 2;
constexpr std::size_t longest_remark = 1024;  // what Java's TPM decrypts in one command

std::string next(std::string_view& rest) {
  if (rest.size() < prefix) return {};
  const std::size_t size = static_cast<std::size_t>(static_cast<unsigned char>(rest[0])) * 256 +
                           static_cast<unsigned char>(rest[1]);
  if (rest.size() < prefix + size) return {};
  std::string field(rest.substr(0, prefix + size));
  rest.remove_prefix(field.size());
  return field;
}

}  // namespace

std::optional<TpmBlob> split_tpm_blob(std::string_view octets) {
  TpmBlob blob;
  for (std::string* field : {&blob.credential, &blob.credential_secret, &blob.duplicate,
                             &blob.duplicate_secret, &blob.object, &blob.remark}) {
    *field = next(octets);
    if (field->size() <= prefix) return std::nullopt;
  }
  if (!octets.empty() || blob.remark.size() > prefix + longest_remark) return std::nullopt;
  return blob;
}

}  // namespace leafgate::leaf
