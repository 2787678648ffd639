#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/ctl/daemon.hpp"
#include "gateway/ctl/reading.hpp"
#include "gateway/ctl/terminal.hpp"

// One function per verb, one file per verb. Each asks the daemon, tells people (or gives the route's answer
// untouched with `json`) and returns the exit status of the program.
namespace leafgate::ctl {

enum Exit : int { yes = 0, no = 1, usage = 2, unreachable = 3 };

struct Session {
  const Daemon& daemon;
  std::ostream& out;
  std::ostream& err;
  WallTime now{};
  bool json = false;
  Paint paint{false};
  std::string because = {};
};

struct DevicesQuestion {
  std::string state;
  std::string match;
};

int show_status(const Session& session);
int show_devices(const Session& session, const DevicesQuestion& question);
int explain(const Session& session, const std::string& id_or_address);
// `group` is for a file of certificates: the CAs of which group they are; empty: each is a leaf's.
int import_enrollments(const Session& session, const std::string& file, const std::string& group);
int list_enrollments(const Session& session);

// The answer as JSON when the daemon said yes; else says why not on `err` and gives the exit status.
struct Answered {
  std::optional<Document> document;
  int exit = Exit::yes;
  std::string body;  // as it came
  int status = 0;    // HTTP
};
[[nodiscard]] Answered answer_of(const Session& session, const Result<Reply>& reply);
[[nodiscard]] Answered ask(const Session& session, const std::string& target);

// What people read, from what the routes say. Pure.
[[nodiscard]] std::string status_text(const View& status, const Paint& paint, WallTime now);
[[nodiscard]] std::string devices_head(const Paint& paint);
[[nodiscard]] std::string device_line(const View& device, const Paint& paint, WallTime now);
[[nodiscard]] std::string explanation_text(const View& told, const Paint& paint, WallTime now);
[[nodiscard]] std::string stranger_text(const View& told, const Paint& paint, WallTime now);
[[nodiscard]] std::string enrollment_line(const View& enrollment);

}  // namespace leafgate::ctl
