#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/model/result.hpp"

namespace leafgate::ctl {

// The whole terminal as lines, by POSIX and the control functions that every terminal since the VT100 knows.
// While it is up keys come at once and are not echoed; Ctrl-C and Ctrl-Z stay what they are. It is given back
// as it was by the destructor, and when the program dies by a signal that can be handled. One at a time.
class Screen {
 public:
  // The controlling terminal, by a description of our own: who shares ours would find it non-blocking.
  // Errors: unsupported (there is none, or it cannot do this).
  static Result<std::unique_ptr<Screen>> open();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  struct Size {
    std::size_t columns = 80;
    std::size_t rows = 24;
  };
  [[nodiscard]] Size size() const;  // asked of the terminal each time
  // Writes the lines that differ from those that stand there. False when the terminal has gone.
  [[nodiscard]] bool paint(const std::vector<std::string>& lines);
  void forget();   // the next paint writes everything: the terminal has another size
  void leave();    // gives the terminal back for a while
  void take_up();  // again; the next paint writes everything
  [[nodiscard]] int descriptor() const;

 private:
  Screen() = default;
  std::vector<std::string> shown_;
};

}  // namespace leafgate::ctl
