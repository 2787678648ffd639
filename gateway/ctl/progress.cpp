#include "gateway/ctl/progress.hpp"

#include <ostream>

namespace leafgate::ctl {

bool Progress::tell(const std::string& text) {
  if (text == last_) return false;
  last_ = text;
  if (session_.on_terminal && !session_.json) session_.err << "\r" << padded(text, columns - 1) << std::flush;
  return true;
}

void Progress::end() {
  if (session_.on_terminal && !session_.json && !last_.empty())
    session_.err << "\r" << std::string(columns - 1, ' ') << "\r";
}

}  // namespace leafgate::ctl
