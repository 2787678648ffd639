#pragma once

#include <cstddef>

namespace leafgate::serial {

// How well frames get through to one leaf: above three failed tries in a hundred, long frames cost more than
// they carry, and it falls to the shortest; below one in a hundred it uses what the leaf takes again. Pure.
class Quality {
 public:
  void tried(bool answered) {
    ++tries_;
    if (!answered) ++failures_;
    // Three at least: one or two lost frames say nothing about the line.
    if (failures_ >= 3 && failures_ * 100 > 3 * tries_) is_poor_ = true;
    if (tries_ < span) return;
    if (failures_ * 100 < tries_) is_poor_ = false;
    tries_ /= 2;
    failures_ /= 2;
  }
  [[nodiscard]] bool is_poor() const { return is_poor_; }

 private:
  static constexpr std::size_t span = 256;
  std::size_t tries_ = 32;  // before anything is known the line counts as good
  std::size_t failures_ = 0;
  bool is_poor_ = false;
};

}  // namespace leafgate::serial
