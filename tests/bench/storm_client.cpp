// storm-client: many leaves at once, with full or resumed TLS handshakes, tokens or certificates, over MQTT
// or HTTPS, against leafgate or a broker that echoes. It prints one JSON object; `hold` keeps the connections
// and prints it when all are answered, until its input ends; `steady` sends the leaves again and again until
// its input ends.

#include <algorithm>
#include <csignal>
#include <ctime>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "tests/bench/crowd.hpp"
#include "tests/bench/issuer.hpp"

namespace leafgate::bench {
namespace {

struct Options {
  ScriptPlan script;
  CrowdPlan crowd;
  std::string ca_file;
  std::string ca_key_file;
  std::uint16_t port = 0;
  int first = 0;
  int visits = 1000;
};

double quantile(const std::vector<double>& sorted, double part) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

// When each came, in seconds of the monotonic clock, and how long it waited: who sends them knows what else
// went on.
nlohmann::json each(const CrowdResult& result) {
  nlohmann::json out = nlohmann::json::array();
  for (const Waited& one : result.waited)
    out.push_back({std::chrono::duration<double>(one.begun.time_since_epoch()).count(), one.millis});
  return out;
}

nlohmann::json report(const CrowdResult& result, bool with_each) {
  std::vector<double> millis;
  for (const Waited& one : result.waited) millis.push_back(one.millis);
  std::sort(millis.begin(), millis.end());
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const double cpu = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
                     static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  nlohmann::json out = {
      {"answered", result.answered},
      {"polled", result.polled},
      {"resumed", result.resumed},
      {"failed", result.failed},
      {"seconds", result.seconds},
      {"perSecond", static_cast<double>(result.answered) / result.seconds},
      {"p50", quantile(millis, 0.5)},
      {"p99", quantile(millis, 0.99)},
      {"worst", quantile(millis, 1)},
      {"clientMicros", result.answered > 0 ? cpu / static_cast<double>(result.answered) : 0}};
  if (with_each) out["each"] = each(result);
  return out;
}

std::vector<Script> make_scripts(const Options& options, const Issuer* issuer) {
  std::vector<Script> scripts;
  scripts.reserve(static_cast<std::size_t>(options.visits));
  for (int i = 0; i < options.visits; ++i) {
    Script& script = scripts.emplace_back(make_script(options.script, options.first + i, std::time(nullptr)));
    if (issuer != nullptr) script.certificate = issuer->certificate(script.registration_id);
  }
  return scripts;
}

int run(Options options) {
  std::signal(SIGPIPE, SIG_IGN);
  std::optional<Issuer> issuer;
  if (!options.ca_file.empty()) {
    issuer.emplace(options.ca_file, options.ca_key_file);
    options.crowd.key = issuer->key();
  }
  const std::vector<Script> scripts = make_scripts(options, issuer ? &*issuer : nullptr);
  Crowd crowd(options.crowd, scripts);
  const nlohmann::json result = report(crowd.run(), options.crowd.steady);
  std::cout << result.dump() << std::endl;
  if (options.crowd.stay) {
    std::string until_the_end;
    std::getline(std::cin, until_the_end);
    crowd.leave();
  }
  return result["failed"].empty() ? 0 : 1;
}

}  // namespace
}  // namespace leafgate::bench

int main(int argc, char** argv) {
  using namespace leafgate::bench;
  CLI::App app("Many DPS leaves at once, for measuring a server.", "storm-client");
  Options options;
  long timeout = 120;
  app.add_option("--target", options.crowd.target, "dps (over MQTT), https or echo")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Target>{
          {"dps", Target::dps}, {"https", Target::https}, {"echo", Target::echo}}));
  app.add_option("--port", options.port, "on 127.0.0.1")->required();
  app.add_option("--tls", options.crowd.tls, "1.2 or 1.3")->check(CLI::IsMember({"1.2", "1.3"}));
  app.add_option("--id-scope", options.script.id_scope, "ID scope")->required();
  auto* key = app.add_option("--group-key", options.script.group_key, "group key of their tokens, base64");
  auto* ca = app.add_option("--ca", options.ca_file, "CA (PEM) of the certificates they show instead");
  app.add_option("--ca-key", options.ca_key_file, "and its key (PEM)")->needs(ca)->excludes(key);
  app.add_flag("--resume", options.crowd.resume, "all but the first resume the TLS session of the first");
  app.add_option("--id-prefix", options.script.id_prefix, "ids are this and a number of eight digits")
      ->required();
  app.add_option("--first", options.first, "the first number (0)");
  app.add_option("--visits", options.visits, "how many leaves, one visit each (1000)")
      ->check(CLI::PositiveNumber);
  app.add_option("--concurrency", options.crowd.concurrency, "visits at a time (32)")
      ->check(CLI::PositiveNumber);
  app.add_option("--rate", options.crowd.per_second,
                 "visits that begin in a second, whatever becomes of those before (0: when another one ends)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--sources", options.crowd.sources, "loopback addresses they come from (64)")
      ->check(CLI::Range(1, 60000));
  app.add_option("--timeout", timeout, "seconds for everything (120)")->check(CLI::PositiveNumber);
  auto* hold =
      app.add_flag("--hold", options.crowd.stay, "stay connected after the answer until the input ends");
  app.add_flag("--steady", options.crowd.steady, "the leaves come again and again until the input ends")
      ->excludes(hold);
  CLI11_PARSE(app, argc, argv);
  if (options.crowd.steady && options.visits <= options.crowd.concurrency)
    return app.exit(CLI::ValidationError("--steady", "needs more leaves than come at a time"));
  options.crowd.timeout = std::chrono::seconds(timeout);
  options.script.target = options.crowd.target;
  options.crowd.server.sin_family = AF_INET;
  options.crowd.server.sin_port = htons(options.port);
  options.crowd.server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  try {
    return run(options);
  } catch (const std::exception& error) {
    std::cerr << "storm-client: " << error.what() << "\n";
    return 2;
  }
}
