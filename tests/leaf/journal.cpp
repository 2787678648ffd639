#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

#include "tests/leaf/fleet.hpp"

namespace leafgate::leaf {

using Verdict = Outcome::Verdict;

Journal::Journal(const std::string& file) {
  if (file.empty()) return;
  file_ = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) throw std::runtime_error("cannot write " + file);
}

Journal::~Journal() {
  if (file_ >= 0) ::close(file_);
}

void Journal::line(const std::string& text) {
  if (file_ < 0) return;
  const std::string whole = text + "\n";
  if (::write(file_, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) {
    throw std::runtime_error("cannot write the journal");
  }
}

void Journal::accepted(const std::string& id, const std::string& operation) {
  ++acked_;
  line("acked " + id + " " + operation);
}

void Journal::settled(const std::string& id, const Outcome& o) {
  switch (o.verdict) {
    case Verdict::assigned:
      return line("assigned " + id + " " + o.hub + " " + o.device_id + " " + o.operation_id);
    case Verdict::refused:
      return line("refused " + id + " " +
                  (o.connack != 0          ? "connack-" + std::to_string(o.connack)
                   : o.status == "refused" ? std::to_string(o.http_status)
                                           : o.status));
    case Verdict::broken:
      return line("broken " + id + " " + o.message);
    case Verdict::no_answer:
      return line("timeout " + id);
    case Verdict::waiting:
      return;
  }
}

void Journal::lost(const std::string& id, const std::string&) {
  ++losses_;
  line("lost " + id);
}

}  // namespace leafgate::leaf
