// leafgated: the provisioning proxy of a site.
#include <csignal>
#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>
#include <sys/resource.h>

#include "gateway/app/application.hpp"
#include "gateway/app/config_checks.hpp"
#include "gateway/app/named_files.hpp"
#include "gateway/app/offline.hpp"
#include "gateway/app/reading_rights.hpp"
#include "gateway/app/settings.hpp"
#include "gateway/app/trial.hpp"
#include "gateway/crypto/library.hpp"
#include "gateway/model/version.hpp"
#include "gateway/net/socket_unit.hpp"
#include "gateway/runtime/log.hpp"

namespace {

using namespace leafgate;

constexpr const char* daemon_user = "leafgate";  // systemd/sysusers.conf

// Root reads everything; the daemon that the unit starts does not.
void warn_of_closed_files(const std::string& file, const Config& config) {
  const auto closed = unreadable_for(daemon_user, paths_to_read(file, config));
  if (!closed) return;  // not root, or there is no such user here
  for (const std::string& path : *closed)
    std::cerr << "warning: " << path << ": the user " << daemon_user << " may not read it\n";
}

Exit check(const std::string& file, const Config& config) {
  const SystemClock clock(config.clock_synchronized_file, SystemClock::build_time());
  const WallReading now = clock.now();
  const bool trusted = now.quality != ClockQuality::unsynced;
  const ConfigTrial trial = try_config(config, trusted ? std::optional<WallTime>(now.at) : std::nullopt);
  std::cout << trial.summary;
  for (const std::string& warning : trial.warnings) std::cerr << "warning: " << warning << '\n';
  warn_of_closed_files(file, config);
  for (const std::string& mistake : trial.mistakes) std::cerr << mistake << '\n';
  if (!trial.mistakes.empty()) return Exit::configuration;
  std::cout << file << ": good\n";
  return Exit::stopped;
}

Exit write_socket_unit(const std::string& file, const Config& config) {
  const std::vector<std::string> addresses = listen_addresses(config);
  if (addresses.empty()) {
    std::cerr << file << ": no listen key names an address\n";
    return Exit::configuration;
  }
  std::cout << net::socket_drop_in(addresses);
  return Exit::stopped;
}

// What is done instead of serving.
struct Offline {
  RestoreWish restore;
  WipeWish wipe;
  std::string state_dir;
  bool wipes = false;

  [[nodiscard]] bool wanted() const { return wipes || !restore.file.empty(); }
};

void declare(CLI::App& cli, Offline& offline) {
  CLI::Option* restore = cli.add_option("--restore", offline.restore.file, "bring a backup back, and end");
  CLI::Option* key = cli.add_option("--recovery-key", offline.restore.key_file, "PEM that opens the backup");
  restore->needs(key);
  key->needs(restore);
  cli.add_flag("--force", offline.restore.force, "move a store that is there aside")->needs(restore);
  CLI::Option* wipe = cli.add_flag("--wipe", offline.wipes, "overwrite and remove the store, and end");
  wipe->excludes(restore);
  cli.add_flag("--yes", offline.wipe.yes, "do wipe")->needs(wipe);
  cli.add_option("--state-dir", offline.state_dir, "for --restore and --wipe, instead of the configured one");
}

// With a folder of its own it wants no configuration: that may have gone with the board.
Exit run_offline(Offline offline, const Config* config) {
  if (offline.state_dir.empty()) offline.state_dir = config->state_dir;
  offline.restore.state_dir = offline.state_dir;
  offline.wipe.state_dir = offline.state_dir;
  if (config != nullptr) offline.wipe.gateway = gateway_name(*config);
  return offline.wipes ? wipe_state(offline.wipe, std::cout, std::cerr)
                       : restore_state(offline.restore, std::cout, std::cerr);
}

// The soft limit is for programs that select(2); a connection costs a descriptor.
void take_all_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  // tpm2-tss would write lines of its own to stderr, beside the log. It reads this once, before any thread
  // runs.
  ::setenv("TSS2_LOG", "all+none", 0);
  leafgate::crypto::keep_library_to_the_end();
  CLI::App cli("leafgate: the provisioning gateway of a site");
  std::string file = "/etc/leafgate/leafgate.toml";
  bool check_only = false;
  cli.add_option("--config", file, "configuration file; drop-ins are read from the .d folder beside it")
      ->capture_default_str();
  cli.add_flag("--check-config", check_only, "say whether the configuration is right, and end");
  bool socket_unit = false;
  cli.add_flag("--socket-unit", socket_unit, "print the drop-in that lets systemd open the ports, and end");
  Offline offline;
  declare(cli, offline);
  cli.set_version_flag("--version", "leafgated " + std::string(version()));
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
  }

  auto loaded = load_config(file);
  if (offline.wanted() && !offline.state_dir.empty())
    return static_cast<int>(run_offline(std::move(offline), std::get_if<Config>(&loaded)));
  if (const auto* errors = std::get_if<std::vector<ConfigError>>(&loaded)) {
    for (const ConfigError& error : *errors) std::cerr << error.to_text() << '\n';
    return static_cast<int>(Exit::configuration);
  }
  if (offline.wanted()) return static_cast<int>(run_offline(std::move(offline), &std::get<Config>(loaded)));
  if (socket_unit) return static_cast<int>(write_socket_unit(file, std::get<Config>(loaded)));
  if (check_only) return static_cast<int>(check(file, std::get<Config>(loaded)));
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of the write, as a full disk is
  take_all_descriptors();
  std::signal(SIGHUP, SIG_IGN);  // until it can be heard: a reload may be asked for at any time
  Application application(std::move(std::get<Config>(loaded)), file, read_environment());
  return static_cast<int>(application.run());
}
