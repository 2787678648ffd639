#include "tests/leaf/options.hpp"

#include <fstream>
#include <map>
#include <stdexcept>

#include <CLI/CLI.hpp>

namespace leafgate::leaf {
namespace {

const std::map<std::string, SrStyle> sr_words{{"upper", SrStyle::upper},
                                              {"lower", SrStyle::lower},
                                              {"mixed", SrStyle::mixed},
                                              {"raw", SrStyle::raw},
                                              {"lowered", SrStyle::lowered}};

struct Words {
  std::string registration_id;
  std::string key_file;
  std::string family = "embedded-c";
  std::string payload;
  double timeout = 60;
  int qos = -1;
  SrStyle sr = SrStyle::raw;
  long retry_delay = 500;
};

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) throw std::runtime_error("cannot read a key from " + file);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  return line;
}

void take_families(const std::string& word, FleetPlan& plan) {
  if (word == "mixed") {
    for (const Family& family : families()) plan.families.push_back(&family);
    return;
  }
  const Family* family = find_family(word);
  if (family == nullptr) throw std::runtime_error("unknown client family " + word);
  plan.families.push_back(family);
}

void settle(const Words& words, bool sr_given, Options& o) {
  if (words.registration_id.empty() == o.plan.id_prefix.empty()) {
    throw std::runtime_error("give --registration-id for one leaf, or --id-prefix and --count for a fleet");
  }
  o.fleet = words.registration_id.empty();
  if (!words.key_file.empty()) o.plan.device_key = first_line(words.key_file);
  const bool by_certificate = !o.certificate_file.empty();
  const int ways =
      (o.plan.device_key.empty() ? 0 : 1) + (o.plan.group_key.empty() ? 0 : 1) + (by_certificate ? 1 : 0);
  if (ways != 1) throw std::runtime_error("give one of --key, --key-file, --group-key and --certificate");
  if (by_certificate && o.fleet) throw std::runtime_error("--certificate is for one leaf");
  take_families(words.family, o.plan);
  if (!words.payload.empty()) o.plan.payload = nlohmann::json::parse(words.payload);
  if (words.qos >= 0) o.plan.qos = words.qos;
  if (sr_given) o.plan.sr = words.sr;
  o.link.timeout = std::chrono::milliseconds(static_cast<long>(words.timeout * 1000));
  o.link.retry_delay = std::chrono::milliseconds(words.retry_delay);
  if (o.link.server_name.empty()) o.link.server_name = o.host;
  // One leaf is a fleet of one, named in full. A wrong key is told now, not by the first leaf.
  if (!o.fleet) o.plan.id_prefix = words.registration_id;
  if (!by_certificate) derive_key(o.plan.device_key.empty() ? o.plan.group_key : o.plan.device_key, "probe");
}

}  // namespace

int parse_options(int argc, char** argv, Options& o) {
  CLI::App app("A DPS device over MQTT and TLS, one or a fleet, without gateway code.", "dps-leaf");
  Words words;
  app.add_option("--host", o.host, "gateway: name or address")->required();
  app.add_option("--port", o.port, "its MQTT port (8883)");
  app.add_option("--server-name", o.link.server_name, "name in its certificate, if not --host");
  app.add_option("--ca-file", o.ca_file, "PEM file with the CA that is trusted")->required();
  app.add_option("--tls", o.tls, "1.2 or 1.3 only")->check(CLI::IsMember({"1.2", "1.3"}));
  app.add_option("--id-scope", o.plan.id_scope, "ID scope")->required();
  app.add_option("--registration-id", words.registration_id, "one leaf");
  app.add_option("--key", o.plan.device_key, "device key, base64");
  app.add_option("--key-file", words.key_file, "file whose first line is the device key");
  app.add_option("--group-key", o.plan.group_key, "group key, base64; the device key is derived from it");
  app.add_option("--certificate", o.certificate_file, "PEM file: the leaf's certificate, then its chain")
      ->needs(app.add_option("--certificate-key", o.certificate_key, "PEM file with its key"));
  app.add_option("--client-family", words.family, "node, python, c, csharp, java, embedded-c or mixed");
  app.add_option("--payload", words.payload, "JSON payload of the registration");
  app.add_option("--timeout", words.timeout, "seconds for a whole visit (60)")->check(CLI::PositiveNumber);
  app.add_option("--qos", words.qos, "QoS of the requests, if not the family's")->check(CLI::Range(0, 1));
  auto* sr = app.add_option("--sr", words.sr, "spelling of sr in the token, if not the family's")
                 ->transform(CLI::CheckedTransformer(sr_words));
  app.add_flag("--retry", o.link.retry,
               "connect again after a lost connection or CONNACK 3, until the timeout");
  app.add_option("--retry-delay", words.retry_delay,
                 "milliseconds between, half to one and a half times (500)")
      ->check(CLI::PositiveNumber);
  app.add_option("--count", o.plan.count, "fleet: number of leaves")->check(CLI::PositiveNumber);
  app.add_option("--id-prefix", o.plan.id_prefix, "fleet: ids are this and a number");
  app.add_option("--first", o.plan.first, "fleet: the first number (0)")->check(CLI::NonNegativeNumber);
  app.add_option("--concurrency", o.plan.concurrency, "fleet: leaves at a time")->check(CLI::PositiveNumber);
  app.add_option("--repeat", o.plan.repeat, "fleet: passes over all leaves")->check(CLI::PositiveNumber);
  app.add_option("--sources", o.plan.sources, "fleet: loopback source addresses to spread over")
      ->check(CLI::Range(0, 60000));
  app.add_option("--journal", o.plan.journal, "file that gets a line per acknowledged step");
  app.add_flag("--direct-only", o.plan.direct_only, "never poll: a 202 ends the visit");
  try {
    app.parse(argc, argv);
    settle(words, sr->count() > 0, o);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::cerr << "dps-leaf: " << error.what() << "\n";
    return 2;
  }
  return -1;
}

}  // namespace leafgate::leaf
