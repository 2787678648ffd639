#include "gateway/app/pair_files.hpp"

#include <sys/stat.h>

namespace leafgate {
namespace {

FileStamp::File stamp_of(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {};
  FileStamp::File file;
  file.changed = found.st_mtim.tv_sec * std::int64_t{1'000'000'000} + found.st_mtim.tv_nsec;
  file.size = found.st_size;
  file.inode = found.st_ino;
  return file;
}

}  // namespace

FileStamp stamp_of(const CertificatePair& pair) {
  return FileStamp{stamp_of(pair.certificate), stamp_of(pair.key)};
}

Result<LoadedPair> load_pair(const CertificatePair& pair, std::size_t loops,
                             const std::shared_ptr<crypto::TicketKeys>& tickets) {
  auto identity = crypto::ServerIdentity::load(pair.certificate, pair.key);
  if (!identity) return identity.error();
  LoadedPair loaded{std::move(*identity), {}};
  for (std::size_t i = 0; i < loops; ++i) {
    auto context = crypto::TlsContext::server(loaded.identity, tickets);
    if (!context) return context.error();
    loaded.contexts.push_back(std::move(*context));
  }
  return loaded;
}

Error with_key(const CertificatePair& pair, const Error& error) {
  const std::string section = pair.server_name.empty() ? "tls." : "tls.extra.";
  const bool is_of_key = error.detail.starts_with(pair.key + ":");
  return {error.code, section + (is_of_key ? "key: " : "certificate: ") + error.detail};
}

bool looks_half_written(Errc error) {
  return error == Errc::not_found || error == Errc::malformed || error == Errc::conflict;
}

}  // namespace leafgate
