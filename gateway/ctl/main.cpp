// leafgatectl: asks the daemon over its status socket.
#include <algorithm>
#include <clocale>
#include <cstdlib>
#include <iostream>

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "gateway/ctl/declare.hpp"
#include "gateway/model/version.hpp"
#include "gateway/runtime/wall_time.hpp"

namespace {

using namespace leafgate;
using namespace leafgate::ctl;

// A terminal that understands control functions, and is not told to be treated as if it did not.
bool may_draw() {
  const char* term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1 && term != nullptr && *term != '\0' &&
         std::string_view(term) != "dumb";
}

bool shows_utf8() {
  return std::setlocale(LC_CTYPE, "") != nullptr && std::string_view(nl_langinfo(CODESET)) == "UTF-8";
}

// Of a table.
std::size_t room_for_tables() {
  constexpr std::size_t least = 60;
  if (isatty(STDOUT_FILENO) != 1) return all_it_wants;
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? std::max<std::size_t>(least, size.ws_col) : columns;
}

bool wants_colour() { return isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr; }

void declare_what_all_have(CLI::App& app, Arguments& given) {
  app.require_subcommand(1);
  app.get_formatter()->column_width(20);  // every verb on a line of its own, of 80 columns
  app.set_version_flag("--version", "leafgatectl " + std::string(version()));
  app.add_option("--socket", given.socket, "status socket of the daemon")->capture_default_str();
  app.add_flag("--json", given.json, "the daemon's answer as it is");
  app.add_option("--because", given.because, "why, for the audit log")->check(one_line);
  app.fallthrough();
  app.failure_message(
      [](const CLI::App* root, const CLI::Error& error) { return usage_text(*root, error.what()); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Asks and commands the leafgate daemon.", "leafgatectl");
  Arguments given;
  Verb verb;
  try {
    declare_what_all_have(app, given);
    for (const auto declare : {declare_reading, declare_report, declare_outage, declare_operations,
                               declare_enroll, declare_sync, declare_deny, declare_handover, declare_tpm,
                               declare_lines, declare_bridges, declare_receipts, declare_backups})
      declare(app, given, verb);
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? Exit::yes : Exit::usage;
  }
  const bool utf8 = shows_utf8();
  show_utf8(utf8);
  const Daemon daemon(given.socket);
  const Session session{daemon,           std::cout,
                        std::cerr,        system_wall_time(),
                        given.json,       Paint(wants_colour()),
                        given.because,    isatty(STDERR_FILENO) == 1,
                        may_draw(),       utf8,
                        room_for_tables()};
  return told_whole(session, verb(session));
}
