// A backup of the store: made by the daemon, put into a file here. Restore and wipe are the daemon's own work
// while it does not serve: this program has no part of the store.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <ostream>

#include <unistd.h>

#include "gateway/ctl/text_file.hpp"
#include "gateway/ctl/verbs.hpp"
#include "gateway/ctl/whole_file.hpp"

namespace leafgate::ctl {

std::string daemon_program() {
  std::error_code failed;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
  if (failed) return "leafgated";
  // Installed it stands in sbin, which only root has in PATH.
  for (const auto& program : {here / "leafgated", here.parent_path() / "sbin" / "leafgated"})
    if (std::filesystem::exists(program, failed)) return program.string();
  return "leafgated";
}

int become_daemon(const Session& session, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), daemon_program());
  std::vector<char*> raw;
  for (std::string& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  session.out.flush();
  ::execvp(raw.front(), raw.data());
  return refuse(session, arguments.front() + " cannot be run: " + std::strerror(errno));
}

namespace {

int become_daemon(const Session& session, const OfflineQuestion& question, std::vector<std::string> given) {
  if (!question.state_dir.empty()) given.insert(given.end(), {"--state-dir", question.state_dir});
  if (!question.config.empty()) given.insert(given.end(), {"--config", question.config});
  return become_daemon(session, std::move(given));
}

}  // namespace

int make_backup(const Session& session, const std::string& file, const std::string& key_file) {
  const auto key = read_text(key_file);
  if (!key || key->empty()) return refuse(session, key_file + " cannot be read");
  WholeFile out(file, 0600);
  if (!out.trouble().empty()) return refuse(session, out.trouble());
  Question question;
  question.method = "POST";
  question.target = "/v1/backup";
  question.content_type = "application/x-pem-file";
  question.body = *key;
  question.because = session.because;
  bool interrupted = false;
  auto reply = session.daemon.follow(
      question, [&](std::string_view octets) { out.add(octets); }, interrupted);
  if (interrupted) return refuse(session, "interrupted; no backup was written");
  if (!reply || reply->status != 200) return answer_of(session, reply).exit;
  if (!out.trouble().empty()) return refuse(session, out.trouble());
  if (!reply->announced || *reply->announced != out.written())
    return refuse(session, "the daemon did not send all of it; no backup was written");
  out.name();
  if (!out.trouble().empty()) return refuse(session, out.trouble());
  session.out << "wrote " << file << ", " << out.written() << " octets, for the key in " << key_file << "\n";
  return Exit::yes;
}

int restore_backup(const Session& session, const OfflineQuestion& question) {
  std::vector<std::string> given{"--restore", question.file, "--recovery-key", question.key_file};
  if (question.force) given.emplace_back("--force");
  return become_daemon(session, question, std::move(given));
}

int wipe_state(const Session& session, const OfflineQuestion& question) {
  std::vector<std::string> given{"--wipe"};
  if (question.yes) given.emplace_back("--yes");
  return become_daemon(session, question, std::move(given));
}

}  // namespace leafgate::ctl
