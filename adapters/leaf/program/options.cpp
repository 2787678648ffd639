#include "adapters/leaf/program/options.hpp"

#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>
#include <system_error>

#include <getopt.h>

#include "adapters/leaf/program/text.hpp"

namespace leafgate::device {
namespace {

constexpr char usage[] =
    "usage: leafgate-leaf CARRIER --registration-id ID ATTESTATION [OPTIONS]\n"
    "A device without IP that registers through leafgate: the reference client of the leaf library.\n"
    "\n"
    "CARRIER      --tty PATH [--baud N] [--address 1..239] [--uid HEX16]\n"
    "             --broker mqtts://HOST:PORT [--ca-file F] [--username U --password-file F]\n"
    "ATTESTATION  --key-file F                          the device key, base64\n"
    "             --certificate F --certificate-key F   PEM, the leaf's certificate first\n"
    "             --tpm TCTI                            such as device:/dev/tpmrm0\n"
    "OPTIONS      --gateway-pin HEX     SHA-256 of the gateway's leaf-link key (leafgatectl line identity);\n"
    "                                   needed but for --key-file\n"
    "             --payload F           a JSON value that goes with the registration\n"
    "             --whole-transcript    show me TLS 1.2 transcripts, not their hash\n"
    "             --timeout SECONDS     give up after (120)\n"
    "             --loop                stay, and register again every --every SECONDS (3600)\n"
    "             --print-enrollment    say what the operator must enroll, and go\n"
    "Prints one JSON line last. Exit status: 0 assigned, 1 refused, 2 usage, 3 no answer.\n";

enum Name : int {
  tty = 1,
  baud,
  address,
  uid,
  broker,
  ca_file,
  username,
  password_file,
  registration_id,
  key_file,
  certificate,
  certificate_key,
  tpm,
  gateway_pin,
  payload,
  whole_transcript,
  timeout,
  loop,
  every,
  print_enrollment,
  help
};

constexpr option names[] = {{"tty", required_argument, nullptr, tty},
                            {"baud", required_argument, nullptr, baud},
                            {"address", required_argument, nullptr, address},
                            {"uid", required_argument, nullptr, uid},
                            {"broker", required_argument, nullptr, broker},
                            {"ca-file", required_argument, nullptr, ca_file},
                            {"username", required_argument, nullptr, username},
                            {"password-file", required_argument, nullptr, password_file},
                            {"registration-id", required_argument, nullptr, registration_id},
                            {"key-file", required_argument, nullptr, key_file},
                            {"certificate", required_argument, nullptr, certificate},
                            {"certificate-key", required_argument, nullptr, certificate_key},
                            {"tpm", required_argument, nullptr, tpm},
                            {"gateway-pin", required_argument, nullptr, gateway_pin},
                            {"payload", required_argument, nullptr, payload},
                            {"whole-transcript", no_argument, nullptr, whole_transcript},
                            {"timeout", required_argument, nullptr, timeout},
                            {"loop", no_argument, nullptr, loop},
                            {"every", required_argument, nullptr, every},
                            {"print-enrollment", no_argument, nullptr, print_enrollment},
                            {"help", no_argument, nullptr, help},
                            {nullptr, 0, nullptr, 0}};

std::string* text_of(int name, Options& o) {
  switch (name) {
    case tty:
      return &o.tty;
    case uid:
      return &o.uid;
    case broker:
      return &o.broker;
    case ca_file:
      return &o.ca_file;
    case username:
      return &o.username;
    case password_file:
      return &o.password_file;
    case registration_id:
      return &o.registration_id;
    case key_file:
      return &o.key_file;
    case certificate:
      return &o.certificate;
    case certificate_key:
      return &o.certificate_key;
    case tpm:
      return &o.tcti;
    case gateway_pin:
      return &o.gateway_pin;
    case payload:
      return &o.payload_file;
    default:
      return nullptr;
  }
}

unsigned* number_of(int name, Options& o) {
  switch (name) {
    case baud:
      return &o.baud;
    case address:
      return &o.address;
    case timeout:
      return &o.timeout;
    case every:
      return &o.every;
    default:
      return nullptr;
  }
}

bool* flag_of(int name, Options& o) {
  switch (name) {
    case whole_transcript:
      return &o.whole_transcript;
    case loop:
      return &o.loop;
    case print_enrollment:
      return &o.print_enrollment;
    default:
      return nullptr;
  }
}

constexpr unsigned most_seconds = 30U * 24 * 3600;  // in milliseconds they still fit into the clock's 32 bits

bool take(int name, std::string_view value, Options& o) {
  if (std::string* text = text_of(name, o)) {
    *text = value;
  } else if (unsigned* number = number_of(name, o)) {
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), *number);
    return failure == std::errc() && end == value.data() + value.size() && *number != 0;
  } else if (bool* flag = flag_of(name, o)) {
    *flag = true;
  }
  return true;
}

// What is wrong with them together; null for nothing.
const char* wrong(Options& o) {
  const int kinds = (o.key_file.empty() ? 0 : 1) + (o.certificate.empty() ? 0 : 1) + (o.tcti.empty() ? 0 : 1);
  if (o.registration_id.empty()) return "--registration-id is needed";
  if (kinds != 1) return "give one of --key-file, --certificate and --tpm";
  if (o.certificate.empty() != o.certificate_key.empty())
    return "--certificate and --certificate-key go together";
  if (!o.gateway_pin.empty()) {
    const auto pin = from_hex(o.gateway_pin);
    if (!pin || pin->size() != 32) return "--gateway-pin has 64 hex digits";
    o.gateway_pin = *pin;
  }
  if (o.timeout > most_seconds) return "--timeout is at most 2592000 (30 days)";
  if (o.every > most_seconds) return "--every is at most 2592000 (30 days)";
  if (o.print_enrollment) return nullptr;
  if (o.tty.empty() == o.broker.empty()) return "give one of --tty and --broker";
  if (o.address > 239) return "--address is 1 to 239";
  if (!o.uid.empty() && from_hex(o.uid).value_or("").size() != 8) return "--uid has 16 hex digits";
  if (o.username.empty() != o.password_file.empty()) return "--username and --password-file go together";
  if (o.key_file.empty() && o.gateway_pin.empty())
    return "without --gateway-pin nothing that a gateway says could be believed";
  return nullptr;
}

}  // namespace

int parse_options(int argc, char** argv, Options& options) {
  for (int name = 0; (name = getopt_long(argc, argv, "", names, nullptr)) != -1;) {
    if (name == help) {
      std::fputs(usage, stdout);
      return 0;
    }
    if (name == '?') {
      std::fputs(usage, stderr);
      return 2;
    }
    if (!take(name, optarg == nullptr ? "" : optarg, options)) {
      std::fprintf(stderr, "leafgate-leaf: %s is no number above 0\n", optarg);
      return 2;
    }
  }
  const char* mistake = optind != argc ? "every option has a name" : wrong(options);
  if (mistake == nullptr) return -1;
  std::fprintf(stderr, "leafgate-leaf: %s (--help says more)\n", mistake);
  return 2;
}

}  // namespace leafgate::device
