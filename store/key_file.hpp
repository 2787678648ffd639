#pragma once

#include <optional>
#include <string>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/result.hpp"

namespace leafgate {

// The sealing key in a file, where no TPM keeps it: what protects it is the mode of that file. A line that
// says what it is, and the key in base64.
class KeyFile {
 public:
  explicit KeyFile(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return path_; }

  // Nothing: there is no such file, or one whose removal was cut off, which is ended then. Errors: conflict
  // (others may read it, or it is no such file), store_fault.
  [[nodiscard]] Result<std::optional<crypto::Secret>> read() const;
  // Makes it durable, mode 0600, whole or not at all. Errors: store_full, store_fault.
  [[nodiscard]] Result<void> write(const crypto::Secret& key) const;
  // Overwrites and removes it, durably; a missing one is fine. A disk that keeps old blocks keeps these too.
  // Errors: store_fault.
  [[nodiscard]] Result<void> remove() const;

 private:
  std::string path_;
};

}  // namespace leafgate
