#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate::broker {

// What a gateway says of itself on its own topic, never retained: nothing stays behind on the broker that
// could silence a gateway for one which is no more.
enum class Word {
  hello,  // has just come: who else is here?
  here,   // the answer, and a sign of life now and then
  gone,   // said on leaving, and by the broker as its last will
};

struct Announcement {
  std::string name;      // from the topic
  std::string instance;  // 16 hex digits, drawn at every start: two may have one name by mistake
  Word word = Word::here;
};

// "1 INSTANCE WORD". Errors: malformed.
[[nodiscard]] Result<Announcement> parse_announcement(std::string name, ByteView payload);
[[nodiscard]] std::string announcement_text(std::string_view instance, Word word);

// The other gateways on the broker, and which of all of them answers: leaves must not hear two. The rule: the
// one whose name sorts first (byte order; of equal names the instance decides, by chance). The others hear no
// leaf and say nothing until it is gone, by its own word, by its will, or by its silence. So an operator can
// tell beforehand who answers, nothing has to be agreed on, and a change costs a leaf one attempt at most.
// Every gateway reports the others; a site with two has one too many, or wants the second as a spare.
// Pure; the topics are as good as the broker's ACL: whoever may write them may silence a gateway.
class Company {
 public:
  Company(std::string name, std::string instance, Millis silence);

  [[nodiscard]] bool is_me(const Announcement& said) const { return said.instance == me_.instance; }
  // Of another gateway.
  void heard(const Announcement& said, TimePoint now);
  // Forgets who gave no sign for too long.
  void look(TimePoint now);

  [[nodiscard]] bool alone() const { return others_.empty(); }
  // Who answers instead of us; nothing: we do.
  [[nodiscard]] std::optional<std::string> first() const;
  [[nodiscard]] std::optional<TimePoint> next_look() const;  // when somebody's time is over

 private:
  struct Key {
    std::string name;
    std::string instance;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  static constexpr std::size_t most = 16;  // who sorts last of more is not remembered: it decides nothing

  Key me_;
  Millis silence_;
  std::map<Key, TimePoint> others_;  // heard of last
};

}  // namespace leafgate::broker
