// leafgated: the provisioning proxy of a site.
#include <csignal>
#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>

#include "gateway/app/application.hpp"
#include "gateway/app/trial.hpp"
#include "gateway/model/version.hpp"
#include "gateway/runtime/log.hpp"

namespace {

leafgate::Exit check(const std::string& file, const leafgate::Config& config) {
  using namespace leafgate;
  const SystemClock clock(config.clock_synchronized_file, SystemClock::build_time());
  const WallReading now = clock.now();
  const bool trusted = now.quality != ClockQuality::unsynced;
  const ConfigTrial trial = try_config(config, trusted ? std::optional<WallTime>(now.at) : std::nullopt);
  std::cout << trial.summary;
  for (const std::string& warning : trial.warnings) std::cerr << "warning: " << warning << '\n';
  for (const std::string& mistake : trial.mistakes) std::cerr << mistake << '\n';
  if (!trial.mistakes.empty()) return Exit::configuration;
  std::cout << file << ": good\n";
  return Exit::stopped;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace leafgate;
  // tpm2-tss would write lines of its own to stderr, beside the log. It reads this once, before any thread
  // runs.
  ::setenv("TSS2_LOG", "all+none", 0);
  CLI::App cli("leafgate: the provisioning gateway of a site");
  std::string file = "/etc/leafgate/leafgate.toml";
  bool check_only = false;
  cli.add_option("--config", file, "configuration file; drop-ins are read from the .d folder beside it")
      ->capture_default_str();
  cli.add_flag("--check-config", check_only, "say whether the configuration is right, and end");
  cli.set_version_flag("--version", "leafgated " + std::string(version()));
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
  }

  auto loaded = load_config(file);
  if (const auto* errors = std::get_if<std::vector<ConfigError>>(&loaded)) {
    for (const ConfigError& error : *errors) std::cerr << error.to_text() << '\n';
    return static_cast<int>(Exit::configuration);
  }
  if (check_only) return static_cast<int>(check(file, std::get<Config>(loaded)));
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);  // until it can be heard: a reload may be asked for at any time
  Application application(std::move(std::get<Config>(loaded)), file, read_environment());
  return static_cast<int>(application.run());
}
