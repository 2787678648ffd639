#include "adapters/wire/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

namespace leafgate::wire::json {
namespace {

// Only counts depth: the parser behind it is iterative and does the rest. Strings go to `last_string` where
// there is one, for text_of; taken from the parser, they cost it its buffer.
class Checker : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Checker(Bounds bounds, std::string* last_string = nullptr)
      : most_(bounds.depth), goes_on_(std::move(bounds.goes_on)), last_string_(last_string) {}

  [[nodiscard]] bool too_deep() const { return too_deep_; }
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] std::size_t broken_at() const { return broken_at_; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t& value) override {
    if (last_string_ != nullptr) *last_string_ = std::move(value);
    return true;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return enter() && may_go_on(); }
  bool key(string_t&) override { return true; }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception&) override {
    broken_at_ = at;
    return false;
  }

 private:
  bool enter() {
    too_deep_ = ++depth_ > most_;
    return !too_deep_;
  }
  bool may_go_on() {
    stopped_ = goes_on_ && !goes_on_();
    return !stopped_;
  }
  bool leave() {
    --depth_;
    return true;
  }
  int most_;
  GoesOn goes_on_;
  std::string* last_string_;
  int depth_ = 0;
  bool too_deep_ = false;
  bool stopped_ = false;
  std::size_t broken_at_ = 0;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Walks checked text, where every token ends as it should.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  // Past white space; the character there, or NUL at the end.
  char peek() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void step() { ++at_; }

  std::string_view value() {
    peek();
    const std::size_t begin = at_;
    int depth = 0;
    do {
      token(depth);
    } while (depth > 0 && at_ < text_.size());
    return text_.substr(begin, at_ - begin);
  }

 private:
  void token(int& depth) {
    const char c = peek();
    if (c == '"') return string();
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == '{' || c == '[' || c == '}' || c == ']' || c == ',' || c == ':') return step();
    while (at_ < text_.size() && !is_space(text_[at_]) && std::string_view(",:]}").find(text_[at_]) == npos)
      ++at_;
  }
  void string() {
    for (step(); at_ < text_.size() && text_[at_] != '"'; step())
      if (text_[at_] == '\\') step();
    step();
  }
  static constexpr std::size_t npos = std::string_view::npos;
  std::string_view text_;
  std::size_t at_ = 0;
};

bool has_one_twice(const std::vector<Member>& members) {
  std::vector<std::string_view> names;
  names.reserve(members.size());
  for (const Member& member : members) names.push_back(member.name);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

// Printable ASCII but quotes and backslashes: nothing to escape (RFC 8259 §7), no UTF-8 to judge.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

Error stopped() { return {Errc::stopped, "not read to its end"}; }

// For people with an editor; `at` counts from one, as the library does.
Error not_json(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at == 0 ? 0 : at - 1);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {Errc::malformed, "not JSON at line " + std::to_string(line) + ", column " +
                               std::to_string(before.size() - start + 1)};
}

}  // namespace

Result<std::string_view> checked(std::string_view text, Bounds bounds) {
  if (text.size() > bounds.octets)
    return Error(Errc::too_large, "larger than " + std::to_string(bounds.octets) + " octets");
  const std::string_view whole = text;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  // The library reads NUL as the end of its input and would let anything follow.
  if (const auto nul = whole.find('\0'); nul != std::string_view::npos) return not_json(whole, nul + 1);
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  Checker checker(std::move(bounds));
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &checker)) return text;
  if (checker.stopped()) return stopped();
  if (checker.too_deep()) return Error(Errc::malformed, "nested deeper than " + std::to_string(bounds.depth));
  return not_json(whole, checker.broken_at() + static_cast<std::size_t>(text.data() - whole.data()));
}

Kind kind_of(std::string_view value) {
  switch (value.empty() ? 'n' : value.front()) {
    case '{':
      return Kind::object;
    case '[':
      return Kind::array;
    case '"':
      return Kind::string;
    case 't':
    case 'f':
      return Kind::boolean;
    case 'n':
      return Kind::null;
    default:
      return Kind::number;
  }
}

Result<std::vector<Member>> members(std::string_view value) {
  if (kind_of(value) != Kind::object) return Error(Errc::malformed, "not a JSON object");
  std::vector<Member> out;
  Walker walker(value);
  walker.peek();
  do {
    walker.step();  // '{' or ','
    if (walker.peek() == '}') break;
    auto name = text_of(walker.value());
    if (!name) return name.error();
    walker.peek();
    walker.step();  // ':'
    out.push_back({std::move(*name), walker.value()});
  } while (walker.peek() == ',');
  if (has_one_twice(out)) return Error(Errc::malformed, "a member stands twice in an object");
  return out;
}

Result<std::vector<std::string_view>> elements(std::string_view value, const GoesOn& goes_on) {
  if (kind_of(value) != Kind::array) return Error(Errc::malformed, "not a JSON array");
  std::vector<std::string_view> out;
  Walker walker(value);
  walker.peek();
  do {
    walker.step();  // '[' or ','
    if (walker.peek() == ']') break;
    if (goes_on && !goes_on()) return stopped();
    out.push_back(walker.value());
  } while (walker.peek() == ',');
  return out;
}

std::optional<std::string_view> find(const std::vector<Member>& members, std::string_view name) {
  for (const Member& member : members)
    if (member.name == name) {
      if (kind_of(member.value) == Kind::null) return std::nullopt;
      return member.value;
    }
  return std::nullopt;
}

Result<std::string> text_of(std::string_view value) {
  if (kind_of(value) != Kind::string) return Error(Errc::malformed, "not a JSON string");
  if (value.find('\\') == std::string_view::npos) return std::string(value.substr(1, value.size() - 2));
  std::string text;
  Checker checker(Bounds(), &text);
  if (!nlohmann::json::sax_parse(value.begin(), value.end(), &checker))
    return Error(Errc::malformed, "not a JSON string");
  return text;
}

Result<int> integer_of(std::string_view value) {
  int number = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc() || end != value.data() + value.size())
    return Error(Errc::malformed, "not a 32-bit integer");
  return number;
}

std::string quoted(std::string_view text) {
  if (is_plain(text)) return std::string(1, '"').append(text).append(1, '"');
  using Handler = nlohmann::json::error_handler_t;
  return nlohmann::json(text).dump(-1, ' ', false, Handler::replace);
}

std::string compacted(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  bool in_string = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (!in_string && is_space(c)) continue;
    out += c;
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\' && i + 1 < value.size()) out += value[++i];
  }
  return out;
}

ObjectWriter& ObjectWriter::raw(std::string_view name, std::string_view json) {
  if (!empty()) out_ += ',';
  out_ += quoted(name);
  out_ += ':';
  out_ += json;
  return *this;
}

ObjectWriter& ObjectWriter::text(std::string_view name, std::string_view value) {
  return raw(name, quoted(value));
}

ObjectWriter& ObjectWriter::number(std::string_view name, std::int64_t value) {
  return raw(name, std::to_string(value));
}

}  // namespace leafgate::wire::json
