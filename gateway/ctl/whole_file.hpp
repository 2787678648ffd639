#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace leafgate::ctl {

// A file that is there whole or not at all: FILE.part until all of it is written and on the disk. Who cannot
// go on lets it go out of scope without name(). What is a device or a pipe (/dev/stdout) is written to as it
// is.
class WholeFile {
 public:
  WholeFile(std::string path, mode_t mode);
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;
  ~WholeFile();

  void add(std::string_view octets);
  void name();  // its own, in place of whatever had it

  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }  // empty: none

 private:
  void fail();

  std::string path_;
  std::string part_;
  std::string trouble_;
  std::uint64_t written_ = 0;
  int fd_ = -1;
  bool named_ = false;
};

}  // namespace leafgate::ctl
