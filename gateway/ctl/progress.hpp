#pragma once

#include <string>

#include "gateway/ctl/verbs.hpp"

namespace leafgate::ctl {

// Where something that takes a while stands: one line that is written over, on a terminal and for people
// alone.
class Progress {
 public:
  explicit Progress(const Session& session) : session_(session) {}
  // False where it is what was told before.
  bool tell(const std::string& text);
  void end();

 private:
  const Session& session_;
  std::string last_;
};

}  // namespace leafgate::ctl
