// leafgatectl: asks the daemon over its status socket.
#include <cstdlib>
#include <functional>
#include <iostream>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "gateway/ctl/verbs.hpp"
#include "gateway/model/version.hpp"
#include "gateway/runtime/wall_time.hpp"

namespace {

using namespace leafgate;
using namespace leafgate::ctl;

bool wants_colour() { return isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr; }

struct Arguments {
  std::string socket = "/run/leafgate/status.sock";
  bool json = false;
  std::string because;
  DevicesQuestion devices;
  std::string target;
  std::string file;
  std::string group;
};

using Verb = std::function<int(const Session&)>;

void declare(CLI::App& app, Arguments& given, Verb& verb) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "leafgatectl " + std::string(version()));
  app.add_option("--socket", given.socket, "status socket of the daemon")->capture_default_str();
  app.add_flag("--json", given.json, "the daemon's answer as it is");
  app.add_option("--because", given.because, "why, for the audit log");
  app.fallthrough();

  app.add_subcommand("status", "how the gateway is, and how many leaves it could answer alone")
      ->callback([&] { verb = show_status; });

  CLI::App* devices = app.add_subcommand("devices", "the leaves, a line each");
  devices->add_option("--state", given.devices.state, "unassigned, assigning, assigned, failed or disabled")
      ->check(CLI::IsMember({"unassigned", "assigning", "assigned", "failed", "disabled"}));
  devices->add_option("--match", given.devices.match, "part of a registrationId or hub");
  devices->callback([&] { verb = [&given](const Session& s) { return show_devices(s, given.devices); }; });

  CLI::App* explain_verb = app.add_subcommand("explain", "why a leaf is where it is, and what to do next");
  explain_verb->add_option("leaf", given.target, "registrationId or address")->required();
  explain_verb->callback([&] { verb = [&given](const Session& s) { return explain(s, given.target); }; });

  CLI::App* enroll = app.add_subcommand("enroll", "who may register");
  enroll->require_subcommand(1);
  enroll->fallthrough();
  CLI::App* import = enroll->add_subcommand("import", "take an enrollment file in, all of it or nothing");
  import->add_option("file", given.file, "DPS JSON, CSV, or certificates (PEM, DER); - is standard input")
      ->required();
  import->add_option("--group", given.group, "the certificates are the CAs of this enrollment group");
  import->callback([&] { verb = [&given](const Session& s) { return import_enrollments(s, given.file, given.group);
};
}  // namespace
);
enroll->add_subcommand("list", "the enrollments held here")->callback([&] { verb = list_enrollments; });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Asks and commands the leafgate daemon.", "leafgatectl");
  Arguments given;
  Verb verb;
  try {
    declare(app, given, verb);
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? Exit::yes : Exit::usage;
  }
  const Daemon daemon(given.socket);
  const Session session{
      daemon, std::cout, std::cerr, system_wall_time(), given.json, Paint(wants_colour()), given.because};
  return verb(session);
}
