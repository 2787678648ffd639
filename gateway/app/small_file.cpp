#include "gateway/app/small_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include <fcntl.h>

#include "gateway/net/listening.hpp"

namespace leafgate {
namespace {

using OpenFile = std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })>;

// Descriptors that are used up, a disk that cannot read just now: that passes.
constexpr std::array what_stays{ENOENT, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG, EACCES, EPERM};

Error cannot_read(const std::string& path, int why) {
  const bool stays = std::find(what_stays.begin(), what_stays.end(), why) != what_stays.end();
  return Error(stays ? Errc::not_found : Errc::internal,
               path + " cannot be read: " + std::generic_category().message(why));
}

}  // namespace

Result<std::string> read_small_file(const std::string& path, std::size_t most) {
  const OpenFile file(std::fopen(path.c_str(), "re"));
  if (!file) return cannot_read(path, errno);
  std::string text(most + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return cannot_read(path, errno);
  if (text.empty()) return Error(Errc::not_found, path + " is empty");
  if (text.size() > most) return Error(Errc::too_large, path + " is no key and no signature");
  return text;
}

std::optional<Error> shortage_at(const std::string& path) {
  // A pipe would wait for its writer.
  const net::OwnedDescriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (opened.get() >= 0) return std::nullopt;
  const int why = errno;
  if (why != EMFILE && why != ENFILE && why != ENOMEM) return std::nullopt;
  return cannot_read(path, why);
}

}  // namespace leafgate
