#include "adapters/mqtt/broker/company.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace leafgate::broker {
namespace {

constexpr std::array<std::pair<Word, std::string_view>, 3> words{
    {{Word::hello, "hello"}, {Word::here, "here"}, {Word::gone, "gone"}}};
constexpr std::size_t instance_digits = 16;
constexpr std::string_view version = "1 ";

}  // namespace

Result<Announcement> parse_announcement(std::string name, ByteView payload) {
  const auto wrong = [] { return Error(Errc::malformed, "not what a gateway says of itself"); };
  std::string_view text = as_text(payload);
  if (name.empty() || !text.starts_with(version)) return wrong();
  text.remove_prefix(version.size());
  if (text.size() < instance_digits + 2 || text[instance_digits] != ' ') return wrong();
  const auto instance = text.substr(0, instance_digits);
  if (instance.find_first_not_of("0123456789abcdef") != std::string_view::npos) return wrong();
  const auto said = text.substr(instance_digits + 1);
  const auto* found =
      std::find_if(words.begin(), words.end(), [said](const auto& row) { return row.second == said; });
  if (found == words.end()) return wrong();
  return Announcement{std::move(name), std::string(instance), found->first};
}

std::string announcement_text(std::string_view instance, Word word) {
  std::string text(version);
  text += instance;
  text += ' ';
  text += words.at(static_cast<std::size_t>(word)).second;
  return text;
}

Company::Company(std::string name, std::string instance, Millis silence)
    : me_{std::move(name), std::move(instance)}, silence_(silence) {}

void Company::heard(const Announcement& said, TimePoint now) {
  const Key key{said.name, said.instance};
  if (said.word == Word::gone) {
    others_.erase(key);
    return;
  }
  others_[key] = now;
  if (others_.size() > most) others_.erase(std::prev(others_.end()));
}

void Company::look(TimePoint now) {
  std::erase_if(others_, [&](const auto& other) { return other.second + silence_ <= now; });
}

std::optional<std::string> Company::first() const {
  if (others_.empty() || me_ < others_.begin()->first) return std::nullopt;
  return others_.begin()->first.name;
}

std::optional<TimePoint> Company::next_look() const {
  if (others_.empty()) return std::nullopt;
  const auto oldest = std::min_element(others_.begin(), others_.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return oldest->second + silence_;
}

}  // namespace leafgate::broker
