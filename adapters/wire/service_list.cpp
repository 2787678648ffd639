#include "adapters/wire/service_list.hpp"

#include <algorithm>
#include <unordered_set>

#include "adapters/wire/enrollment_record.hpp"
#include "adapters/wire/json_text.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::wire {
namespace {

Error stopped() { return {Errc::stopped, "the page was not read to its end"}; }
bool ends(const json::GoesOn& goes_on) { return goes_on && !goes_on(); }

// Cuts a page into its records by brackets and strings alone: each is judged by itself, so that one that
// cannot be read costs no other.
class PageCutter {
 public:
  explicit PageCutter(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  }

  Result<std::vector<std::string_view>> cut(const json::GoesOn& goes_on) {
    std::vector<std::string_view> records;
    if (!takes('[')) return broken();
    if (takes(']')) return ends_here(std::move(records));
    do {
      if (ends(goes_on)) return stopped();
      const std::string_view record = next();
      if (record.empty()) return broken();
      records.push_back(record);
      if (records.size() > most_records)
        return Error(Errc::too_large, "more than " + std::to_string(most_records) + " records in one page");
    } while (takes(','));
    if (!takes(']')) return broken();
    return ends_here(std::move(records));
  }

 private:
  static constexpr std::string_view space = " \t\n\r";

  void skip_space() { at_ = std::min(text_.find_first_not_of(space, at_), text_.size()); }
  bool takes(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // Up to the comma or bracket that ends it, or the end of the text.
  std::string_view next() {
    skip_space();
    const std::size_t begin = at_;
    for (int depth = 0; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (depth == 0 && (c == ',' || c == ']' || c == '}')) break;
      if (c == '"') skip_string();
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
    }
    at_ = std::min(at_, text_.size());
    return text_.substr(begin, at_ - begin);
  }
  void skip_string() {  // to its last quote
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
  }
  Result<std::vector<std::string_view>> ends_here(std::vector<std::string_view> records) {
    skip_space();
    if (at_ != text_.size()) return broken();
    return records;
  }
  [[nodiscard]] Error broken() const {
    return {Errc::malformed, "no JSON array from octet " + std::to_string(at_ + 1) + " on"};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<std::vector<std::string_view>> records_of(std::string_view text, const json::GoesOn& goes_on) {
  if (text.size() > largest_page)
    return Error(Errc::too_large, "larger than " + std::to_string(largest_page) + " octets");
  return PageCutter(text).cut(goes_on);
}

// What a leaf's own state holds, which anybody's rule may have put there, costs nobody its record.
std::string without_state(std::string_view record) {
  std::string text(record);
  const auto members = json::members(record);
  const auto state = members ? json::find(*members, "registrationState") : std::nullopt;
  if (state) text.replace(static_cast<std::size_t>(state->data() - record.data()), state->size(), "null");
  return text;
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

  // Errors: stopped.
  Result<void> judge(std::string_view record, const json::GoesOn& goes_on) {
    const json::Bounds bounds{largest_page, record_depth, goes_on};
    const auto whole = json::checked(record, bounds);
    const std::string rest = whole ? std::string() : without_state(record);
    const auto good = whole ? whole : json::checked(rest, bounds);
    if (!good && good.error().code == Errc::stopped) return good.error();
    if (good)
      take(*good);
    else
      cannot_read(record, good.error().detail);
    return {};
  }

  EnrollmentPage page;

 private:
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

  void cannot_read(std::string_view record, std::string why) {
    const auto members = json::members(record);
    if (!members) return odd({}, std::move(why));
    std::string id = id_of(*members, kind_);
    if (!id.empty() && !names_.insert(id).second) return;
    odd(std::move(id), std::move(why), is_enabled(*members));
  }

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
    if (auto judged = reader.judge(record, goes_on); !judged) return judged.error();
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
