#include "gateway/app/kept_certificates.hpp"

#include <cstdio>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "gateway/model/bytes.hpp"
#include "store/file.hpp"
#include "store/state_dir.hpp"

namespace leafgate {
namespace {

// Whoever reads the file as PEM passes over it.
std::string head_of(const CertificatePair& pair) {
  return "Shown to leaves last, without its key. It was read from these two:\n" + pair.certificate + "\n" +
         pair.key + "\n";
}

std::string content_of(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

// A server_name is a DNS name (the configuration sees to it), and so a name of a file.
std::string KeptCertificates::file_of(const CertificatePair& pair) const {
  return folder_ + "/shown" + (pair.server_name.empty() ? "" : "-" + pair.server_name) + ".pem";
}

bool KeptCertificates::have(const CertificatePair& pair) const {
  return content_of(file_of(pair)).starts_with(head_of(pair));
}

CertificatePair KeptCertificates::with_key_of(CertificatePair pair) const {
  pair.certificate = file_of(pair);
  return pair;
}

Result<void> KeptCertificates::keep(const CertificatePair& pair, const std::string& pem) const {
  const std::string path = file_of(pair);
  const std::string wanted = head_of(pair) + pem;
  if (content_of(path) == wanted) return {};
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

}  // namespace leafgate
