#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "gateway/app/certificates.hpp"
#include "gateway/app/config.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// Takes another configuration while the daemon runs (SIGHUP), and changed certificate files by themselves.
// The files are read whole first; any mistake keeps the old configuration, whole, and is told in the log and
// in the status. Keys that cannot change while running keep their value, and are named. First loop only.
class Reload {
 public:
  struct Hooks {
    std::function<std::variant<Config, std::vector<ConfigError>>()> read;  // blocking; called on the pool
    std::function<void(const Config&)> apply;                              // makes it so
    std::function<void(const std::string&)> notify;                        // to systemd
  };
  // All outlive this. `config` is what is in force, and is changed here.
  Reload(Executor loop, Executor pool, Config& config, Certificates& certificates, const WallClock& clock,
         Hooks hooks);

  void ask();  // soon; what is asked during a reload follows it
  // Soon: the clock was set, and one that was refused may be in its time.
  void look_at_certificates();
  // Until stop().
  Task<void> run();
  void stop();

  // That a configuration was refused, until one is taken; and those of the certificates.
  [[nodiscard]] std::vector<DegradedMode> troubles() const;

 private:
  Task<void> reload();
  void refuse(const std::vector<ConfigError>& mistakes);

  Executor pool_;
  Config& config_;
  Certificates& certificates_;
  const WallClock& clock_;
  Hooks hooks_;
  Wakeup wakeup_;
  bool asked_ = false;
  bool look_now_ = false;
  bool stopping_ = false;
  std::string refusal_;
  WallTime refused_at_{};
};

}  // namespace leafgate
