// Device keys of a group, made where the group key is: the site's gateway gets those of its own devices only.
#include <ostream>
#include <sstream>

#include "adapters/wire/json_text.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/ctl/text_file.hpp"
#include "gateway/ctl/verbs.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::ctl {
namespace {

// HMAC-SHA256(group key, id) as typed: case matters. Source: DPS concepts-symmetric-key-attestation.
std::string derived(const crypto::Secret& group_key, const std::string& id) {
  const auto mac = crypto::hmac_sha256(group_key.view(), as_bytes(id));
  return crypto::base64::encode(mac);
}

std::string record(const std::string& id, const std::string& key) {
  using wire::json::ObjectWriter;
  const std::string keys = ObjectWriter().text("primaryKey", key).str();
  const std::string attestation = ObjectWriter().text("type", "symmetricKey").raw("symmetricKey", keys).str();
  return ObjectWriter()
      .text("registrationId", id)
      .text("provisioningStatus", "enabled")
      .raw("attestation", attestation)
      .str();
}

}  // namespace

Result<std::string> derived_enrollments(const crypto::Secret& group_key, const std::vector<std::string>& ids,
                                        bool csv) {
  std::string out = csv ? "registrationId,attestation,primaryKey\n" : "[";
  for (const std::string& id : ids) {
    const auto parsed = RegistrationId::parse(id);
    if (!parsed) return Error(parsed.error().code, "\"" + id + "\": " + parsed.error().detail);
    const std::string key = derived(group_key, id);
    if (csv)
      out += id + ",symmetricKey," + key + "\n";
    else
      out += (out.size() > 1 ? ",\n " : "\n ") + record(id, key);
  }
  return csv ? out : out + "\n]\n";
}

int derive_enrollments(const Session& session, const DeriveQuestion& question) {
  auto text = read_text(question.key_file);
  if (!text) return refuse(session, question.key_file + " cannot be read");
  const auto key = crypto::base64::decode_secret(trimmed(*text));
  // What stands in the file is not repeated: it may be a key with a slip in it.
  if (!key) return refuse(session, "the key file does not hold one key in base64");
  if (key->size() < 16 || key->size() > 64)
    return refuse(session, "the key is of " + std::to_string(key->size()) + " octets, not of 16 to 64");
  std::vector<std::string> ids = question.ids;
  if (!question.ids_file.empty()) {
    if (question.ids_file == "-" && question.key_file == "-")
      return refuse(session, "key and ids cannot both come from standard input");
    const auto lines = read_text(question.ids_file);
    if (!lines) return refuse(session, question.ids_file + " cannot be read");
    std::istringstream in(*lines);
    for (std::string line; std::getline(in, line);)
      if (std::string id = trimmed(line); !id.empty() && id.front() != '#') ids.push_back(std::move(id));
  }
  if (ids.empty()) return refuse(session, "no registrationIds were given");
  const auto made = derived_enrollments(*key, ids, question.csv);
  if (!made) return refuse(session, made.error().detail);
  session.out << *made;
  return Exit::yes;
}

}  // namespace leafgate::ctl
