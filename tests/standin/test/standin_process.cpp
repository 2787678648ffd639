#include "tests/standin/test/standin_process.hpp"

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/standin/encoding.hpp"
#include "tests/standin/sas.hpp"

namespace leafgate::standin {
namespace {

constexpr const char* enrollment_list = R"([
  {"enrollmentGroupId":"meters","provisioningStatus":"enabled",
   "attestation":{"type":"symmetricKey","symmetricKey":{"primaryKey":"GROUP","secondaryKey":"c2Vjb25kYXJ5"}},
   "standin":{"payload":{"site":"north"},"futureMember":{"kept":[1,2]}}},
  {"registrationId":"line:7_a.b-09","deviceId":"Line-7","allocationPolicy":"static","iotHubs":["h9.example.net"],
   "attestation":{"type":"symmetricKey","symmetricKey":{"primaryKey":"INDIVIDUAL"}}},
  {"registrationId":"blocked","provisioningStatus":"disabled",
   "attestation":{"type":"symmetricKey","symmetricKey":{"primaryKey":"INDIVIDUAL"}}}
])";

std::string with(std::string text, const std::string& what, const std::string& value) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + value.size())) {
    text.replace(at, what.size(), value);
  }
  return text;
}

void make_certificate(const std::string& certificate_file, const std::string& key_file) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("dps.test"), -1,
                             -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_sign(certificate, key, EVP_sha256());
  std::FILE* out = std::fopen(certificate_file.c_str(), "w");
  PEM_write_X509(out, certificate);
  std::fclose(out);
  out = std::fopen(key_file.c_str(), "w");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

}  // namespace

StandinProcess::StandinProcess() {
  std::string pattern = (std::filesystem::temp_directory_path() / "standin-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  make_certificate(folder_ + "/server.pem", folder_ + "/server.key");
  std::ofstream(folder_ + "/enrollments.json")
      << with(with(enrollment_list, "GROUP", test_group_key), "INDIVIDUAL", test_individual_key);
}

StandinProcess::~StandinProcess() {
  if (pid_ > 0) stop();
  std::filesystem::remove_all(folder_);
}

void StandinProcess::start(const std::vector<std::string>& more_options) {
  std::vector<std::string> words{"dps-standin",
                                 "--listen",
                                 "127.0.0.1:0",
                                 "--control",
                                 "127.0.0.1:0",
                                 "--certificate",
                                 folder_ + "/server.pem",
                                 "--key",
                                 folder_ + "/server.key",
                                 "--id-scope",
                                 test_scope,
                                 "--enrollments",
                                 folder_ + "/enrollments.json",
                                 "--port-file",
                                 folder_ + "/port"};
  words.insert(words.end(), more_options.begin(), more_options.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 1);
  posix_spawn_file_actions_addclose(&actions, pipe_ends[0]);
  const int failed = posix_spawn(&pid_, STANDIN_PROGRAM, &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[1]);
  if (failed != 0) throw std::runtime_error("cannot start the stand-in");
  std::FILE* out = fdopen(pipe_ends[0], "r");
  char line[128] = "";
  ports_.clear();
  while (!ports_.contains("listening") && std::fgets(line, sizeof line, out) != nullptr) {
    const std::string text = line;
    const int port = std::stoi(text.substr(text.rfind(':') + 1));
    ports_[text.substr(0, text.find(' '))].push_back(static_cast<std::uint16_t>(port));
  }
  std::fclose(out);
  if (!ports_.contains("listening")) throw std::runtime_error("the stand-in did not come up");
}

int StandinProcess::stop() {
  int status = -1;
  kill(pid_, SIGTERM);
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Answer StandinProcess::control(const std::string& method, const std::string& target,
                               const std::string& body) const {
  HttpsClient client(ports_.at("control").front(), false);
  return client.send(method, target, "", body);
}

namespace {

std::string token(const std::string& sr, const std::string& base64_key, long expires_in) {
  const std::string se = std::to_string(std::time(nullptr) + expires_in);
  const std::string sig = base64_encode(hmac_sha256(*base64_decode(base64_key), sr + "\n" + se));
  return "SharedAccessSignature sr=" + sr +
         "&sig=" + with(with(with(sig, "+", "%2B"), "/", "%2F"), "=", "%3D") + "&se=" + se;
}

}  // namespace

std::string key_token(const std::string& id, const std::string& base64_key, long expires_in,
                      const std::string& scope) {
  return token(scope + "/registrations/" + id, base64_key, expires_in);
}

std::string policy_token(const std::string& resource, const std::string& policy,
                         const std::string& base64_key, long expires_in) {
  return token(resource, base64_key, expires_in) + "&skn=" + policy;
}

std::string group_token(const std::string& id) {
  return key_token(id, *derive_device_key(test_group_key, id));
}

std::string register_target(const std::string& id, const std::string& scope) {
  return "/" + scope + "/registrations/" + id + "/register?api-version=2021-06-01";
}

std::string poll_target(const std::string& id, const std::string& operation) {
  return std::string("/") + test_scope + "/registrations/" + id + "/operations/" + operation +
         "?api-version=2021-06-01";
}

}  // namespace leafgate::standin
