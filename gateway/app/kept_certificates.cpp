#include "gateway/app/kept_certificates.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

#include "gateway/model/bytes.hpp"
#include "store/file.hpp"
#include "store/state_dir.hpp"

namespace leafgate {
namespace {

// Whoever reads the file as PEM passes over these lines. A gateway of an older version compares the first
// three, and knows no others.
constexpr std::string_view from_line = "Shown to leaves last, without its key. It was read from these two:\n";
constexpr std::string_view behind_line = "The second of them led to:\n";
constexpr std::string_view named_line = "Named since, and refused:\n";

std::string content_of(const LastShown& last) {
  const auto both = [](const CertificatePair& pair) { return pair.certificate + "\n" + pair.key + "\n"; };
  std::string out = std::string(from_line) + both(last.from);
  if (!last.key_behind.empty()) out.append(behind_line).append(last.key_behind).append("\n");
  if (last.named_since) out.append(named_line).append(both(*last.named_since));
  return out + last.pem;
}

bool take(std::string_view& text, std::string_view line) {
  if (!text.starts_with(line)) return false;
  text.remove_prefix(line.size());
  return true;
}

std::string take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string line(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

CertificatePair take_pair(std::string_view& text, const std::string& server_name) {
  CertificatePair pair;
  pair.server_name = server_name;
  pair.certificate = take_line(text);
  pair.key = take_line(text);
  return pair;
}

// Nothing where there is no file.
Result<std::optional<std::string>> text_of(const std::string& path) {
  std::optional<std::string> text;
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) return text;
  if (file.get() < 0) return file_error("open", path);
  text.emplace();
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t size = ::read(file.get(), piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return file_error("read", path);
    if (size == 0) return text;
    text->append(piece.data(), static_cast<std::size_t>(size));
  }
}

Result<void> put(const std::string& path, const std::string& wanted) {
  const auto there = text_of(path);
  // Once more: the last time it may have got its name, and not to the disk.
  if (there && *there == wanted) return sync_file(path);
  const std::string part = path + ".part";
  auto file = make_private_file(part);
  if (!file) return file.error();
  auto written = write_all(*file, as_bytes(wanted), part);
  if (written && ::fsync(file->get()) != 0) written = file_error("sync", part);
  if (written && std::rename(part.c_str(), path.c_str()) != 0) written = file_error("name", path);
  if (!written) {
    ::unlink(part.c_str());
    return written;
  }
  return sync_file(path);
}

}  // namespace

std::vector<CertificatePair> LastShown::with_keys(const CertificatePair& pair) const {
  std::vector<CertificatePair> out;
  for (const std::string& key : {pair.key, key_behind, from.key}) {
    const auto is_it = [&](const CertificatePair& other) { return other.key == key; };
    if (!key.empty() && std::none_of(out.begin(), out.end(), is_it))
      out.push_back({pair.server_name, file, key});
  }
  return out;
}

// A server_name is a DNS name (the configuration sees to it), and so a name of a file.
std::string KeptCertificates::file_of(const std::string& server_name) const {
  return folder_ + "/shown" + (server_name.empty() ? "" : "-" + server_name) + ".pem";
}

Result<std::optional<LastShown>> KeptCertificates::last_of(const std::string& server_name) const {
  std::optional<LastShown> last;
  const std::string path = file_of(server_name);
  const auto text = text_of(path);
  if (!text) return text.error();
  if (!*text) return last;
  std::string_view rest = **text;
  if (!take(rest, from_line)) return Error(Errc::malformed, path + ": not what a gateway keeps there");
  last.emplace();
  last->file = path;
  last->from = take_pair(rest, server_name);
  if (take(rest, behind_line)) last->key_behind = take_line(rest);
  if (take(rest, named_line)) last->named_since = take_pair(rest, server_name);
  last->pem = rest;
  return last;
}

Result<void> KeptCertificates::keep(const CertificatePair& pair, const std::string& pem) const {
  LastShown now;
  now.from = pair;
  now.pem = pem;
  std::error_code gone;
  const std::string behind = std::filesystem::canonical(pair.key, gone).string();
  if (!gone && behind != pair.key) now.key_behind = behind;
  return put(file_of(pair.server_name), content_of(now));
}

Result<void> KeptCertificates::note_named(const CertificatePair& pair) const {
  auto last = last_of(pair.server_name);
  if (!last) return last.error();
  if (!*last) return {};
  if (!(*last)->is_of(pair)) (*last)->named_since = pair;
  return put((*last)->file, content_of(**last));
}

}  // namespace leafgate
