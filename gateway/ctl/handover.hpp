#pragma once

#include <string>
#include <vector>

#include "gateway/ctl/verbs.hpp"

// The verbs a site is handed over with.
namespace leafgate::ctl {

struct CheckQuestion {
  bool firewall = false;
  std::vector<int> ports;  // who holds them, beside those of the daemon
};

int show_expected(const Session& session, const std::string& state);  // empty: all that is not done
int import_expected(const Session& session, const std::string& file);
int clear_expected(const Session& session);
// 0 only when all is well.
int run_check(const Session& session, const CheckQuestion& question);
// What a firewall must let through, and who holds which port.
int show_firewall(const Session& session, const CheckQuestion& question);
int make_support_archive(const Session& session, const std::string& file);

[[nodiscard]] std::string expected_progress(const View& counts);

[[nodiscard]] Table expected_table(const std::vector<View>& first, std::size_t room);
// What keeps a leaf of the list from being done, and what to do; empty where there is nothing to say.
[[nodiscard]] std::string expected_advice(const View& leaf, WallTime now);

[[nodiscard]] std::string finding_text(const View& finding, const Paint& paint);

// A process that listens on a TCP port here.
struct PortHolder {
  std::string address;  // "0.0.0.0:8883"
  int port = 0;
  std::uint64_t inode = 0;
  std::string process;  // "mosquitto (712)"; empty: not told to this user
};
// The listening rows of /proc/net/tcp or tcp6. Pure; what cannot be read is passed over.
[[nodiscard]] std::vector<PortHolder> listeners_in(std::string_view table);

// A tar archive (POSIX.1-1988 ustar) in memory, of plain files of one owner and time. Names of at most 100
// octets.
class TarText {
 public:
  explicit TarText(WallTime now) : now_(now) {}
  void add(const std::string& name, std::string_view content);
  [[nodiscard]] std::string end() const { return out_ + std::string(1024, '\0'); }

 private:
  WallTime now_;
  std::string out_;
};

}  // namespace leafgate::ctl
