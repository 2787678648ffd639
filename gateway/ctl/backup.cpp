// A backup of the store: made by the daemon, put into a file here. Restore and wipe are the daemon's own work
// while it does not serve: this program has no part of the store.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <ostream>

#include <fcntl.h>
#include <unistd.h>

#include "gateway/ctl/text_file.hpp"
#include "gateway/ctl/verbs.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate::ctl {
namespace {

int refuse(const Session& session, const std::string& why) {
  session.err << "leafgatectl: " << log::escape(why) << "\n";
  return Exit::no;
}

// FILE.part until all of it is there and on the disk.
class BackupFile {
 public:
  explicit BackupFile(std::string path) : path_(std::move(path)), part_(path_ + ".part") {
    ::unlink(part_.c_str());
    fd_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd_ < 0) fail();
  }
  BackupFile(const BackupFile&) = delete;
  BackupFile& operator=(const BackupFile&) = delete;
  ~BackupFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!named_) ::unlink(part_.c_str());
  }

  void add(std::string_view octets) {
    while (trouble_.empty() && !octets.empty()) {
      const ssize_t size = ::write(fd_, octets.data(), octets.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return fail();
      octets.remove_prefix(static_cast<std::size_t>(size));
      written_ += static_cast<std::uint64_t>(size);
    }
  }

  void name() {
    if (!trouble_.empty()) return;
    if (::fsync(fd_) != 0 || std::rename(part_.c_str(), path_.c_str()) != 0) return fail();
    named_ = true;
    const std::string folder = std::filesystem::path(path_).parent_path().string();
    const int dir = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || ::fsync(dir) != 0) fail();
    if (dir >= 0) ::close(dir);
  }

  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  void fail() { trouble_ = path_ + " cannot be written: " + std::strerror(errno); }

  std::string path_;
  std::string part_;
  std::string trouble_;
  std::uint64_t written_ = 0;
  int fd_ = -1;
  bool named_ = false;
};

// Beside this program, else by PATH.
std::string daemon_program() {
  std::error_code failed;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path() / "leafgated";
  return !failed && std::filesystem::exists(here, failed) ? here.string() : "leafgated";
}

int become_daemon(const Session& session, const OfflineQuestion& question, std::vector<std::string> given) {
  std::vector<std::string> arguments{daemon_program()};
  arguments.insert(arguments.end(), given.begin(), given.end());
  if (!question.state_dir.empty()) arguments.insert(arguments.end(), {"--state-dir", question.state_dir});
  if (!question.config.empty()) arguments.insert(arguments.end(), {"--config", question.config});
  std::vector<char*> raw;
  for (std::string& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  session.out.flush();
  ::execvp(raw.front(), raw.data());
  return refuse(session, arguments.front() + " cannot be run: " + std::strerror(errno));
}

}  // namespace

int make_backup(const Session& session, const std::string& file, const std::string& key_file) {
  const auto key = read_text(key_file);
  if (!key || key->empty()) return refuse(session, key_file + " cannot be read");
  BackupFile out(file);
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
