#include "gateway/app/small_file.hpp"

#include <fstream>

namespace leafgate {

Result<std::string> read_small_file(const std::string& path, std::size_t most) {
  std::ifstream file(path, std::ios::binary);
  std::string text(most + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (!file.is_open() || text.empty()) return Error(Errc::not_found, path + " cannot be read, or is empty");
  if (text.size() > most) return Error(Errc::too_large, path + " is no key and no signature");
  return text;
}

}  // namespace leafgate
