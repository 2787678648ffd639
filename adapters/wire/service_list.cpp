#include "adapters/wire/service_list.hpp"

#include <unordered_set>

#include "adapters/wire/enrollment_record.hpp"
#include "adapters/wire/json_text.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::wire {
namespace {

Error stopped() { return {Errc::stopped, "the page was not read to its end"}; }
bool ends(const json::GoesOn& goes_on) { return goes_on && !goes_on(); }

Result<std::vector<std::string_view>> records_of(std::string_view text, const json::GoesOn& goes_on) {
  json::Bounds bounds{largest_page, record_depth + 1, goes_on};
  const auto page = json::checked(text, bounds);
  if (!page) return page.error();
  auto records = json::elements(*page, goes_on);
  if (!records) return records.error();
  if (records->size() > most_records)
    return Error(Errc::too_large, "more than " + std::to_string(most_records) + " records in one page");
  return records;
}

// What is not the record's own: how its leaf fares, and what only files that are carried in have.
std::string bare_record(const std::vector<json::Member>& members) {
  json::ObjectWriter out;
  for (const json::Member& member : members)
    if (member.name != "registrationState" && member.name != "leafgate") out.raw(member.name, member.value);
  return out.str();
}

std::string id_of(const std::vector<json::Member>& members, EnrollmentKind kind) {
  const bool group = kind == EnrollmentKind::group;
  const auto value = json::find(members, group ? "enrollmentGroupId" : "registrationId");
  const auto text = value ? json::text_of(*value) : Result<std::string>(Error(Errc::malformed, ""));
  if (!text) return {};
  const auto id = RegistrationId::parse(*text);
  if (!id) return {};
  return group ? *text : id->key();
}

std::optional<bool> is_enabled(const std::vector<json::Member>& members) {
  const auto value = json::find(members, "provisioningStatus");
  if (!value) return true;  // as the service takes it
  const auto text = json::text_of(*value);
  if (!text || (*text != "enabled" && *text != "disabled")) return std::nullopt;
  return *text == "enabled";
}

class PageReader {
 public:
  explicit PageReader(EnrollmentKind kind) : kind_(kind) {}

  void take(std::string_view record) {
    const auto members = json::members(record);
    if (!members) return odd({}, members.error().detail);
    const std::string id = id_of(*members, kind_);
    if (id.empty()) return odd({}, "has no id that can be read");
    if (!names_.insert(id).second) return;  // records may move while pages are read
    if (record.size() > largest_record) return odd(id, "is larger than 96 KiB", is_enabled(*members));
    const std::string bare = bare_record(*members);
    RecordReading reading = read_record(bare, ShownBy::service);
    if (!reading.mistakes.empty()) return odd(id, reading.mistakes.front(), is_enabled(*members));
    ListedRecord listed;
    listed.enrollment = std::move(reading.imported.enrollment);
    if (listed.enrollment.kind != kind_) return odd(id, "is of the other kind");
    if (const auto state = json::find(*members, "registrationState");
        state && kind_ == EnrollmentKind::individual)
      if (auto read = read_state_body(200, *state)) listed.state = std::move(*read);
    page.records.push_back(std::move(listed));
  }

  EnrollmentPage page;

 private:
  void odd(std::string id, std::string what, std::optional<bool> enabled = std::nullopt) {
    page.odd.push_back({std::move(id), std::move(what), enabled});
  }

  EnrollmentKind kind_;
  std::unordered_set<std::string> names_;
};

Result<void> read_key(const std::vector<json::Member>& keys, std::string_view name, crypto::Secret& into) {
  const auto value = json::find(keys, name);
  if (!value) return {};
  const Error malformed(Errc::malformed, std::string(name) + " is not the base64 of 16 to 64 octets");
  const auto text = json::text_of(*value);
  if (!text) return malformed;
  auto key = crypto::base64::decode_secret(*text);
  if (!key || key->size() < 16 || key->size() > 64) return malformed;
  into = std::move(*key);
  return {};
}

}  // namespace

Result<EnrollmentPage> read_enrollment_page(std::string_view text, EnrollmentKind kind,
                                            const json::GoesOn& goes_on) {
  const auto records = records_of(text, goes_on);
  if (!records) return records.error();
  PageReader reader(kind);
  for (const std::string_view record : *records) {
    if (ends(goes_on)) return stopped();
    reader.take(record);
  }
  return std::move(reader.page);
}

Result<StatePage> read_state_page(std::string_view text, const json::GoesOn& goes_on) {
  const auto records = records_of(text, goes_on);
  if (!records) return records.error();
  StatePage page;
  for (const std::string_view record : *records) {
    if (ends(goes_on)) return stopped();
    auto state = read_state_body(200, record);
    if (state)
      page.states.push_back(std::move(*state));
    else
      ++page.odd;
  }
  return page;
}

Result<MechanismReply> read_mechanism(std::string_view text) {
  const auto document = json::checked(text);
  if (!document) return document.error();
  const auto members = json::members(*document);
  if (!members) return members.error();
  const auto type = json::find(*members, "type");
  const auto name = type ? json::text_of(*type) : Result<std::string>(Error(Errc::malformed, "no type"));
  if (!name) return Error(Errc::malformed, "an attestation without a type");
  MechanismReply out;
  bool known = false;
  for (const Mechanism one : {Mechanism::none, Mechanism::symmetric_key, Mechanism::x509, Mechanism::tpm}) {
    if (to_text(one) != *name) continue;
    known = true;
    out.mechanism = one;
  }
  if (!known) return Error(Errc::malformed, "an attestation of an unknown type");
  const auto symmetric = json::find(*members, "symmetricKey");
  if (out.mechanism != Mechanism::symmetric_key || !symmetric) return out;
  const auto keys = json::members(*symmetric);
  if (!keys) return Error(Errc::malformed, "symmetricKey is no object");
  if (auto read = read_key(*keys, "primaryKey", out.primary_key); !read) return read.error();
  if (auto read = read_key(*keys, "secondaryKey", out.secondary_key); !read) return read.error();
  return out;
}

}  // namespace leafgate::wire
