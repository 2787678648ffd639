#pragma once

#include <map>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "tests/leaf/device.hpp"

namespace leafgate::leaf {

struct FleetPlan {
  std::string id_scope;
  std::string id_prefix;                // ids are the prefix and a number from `first`
  std::string device_key;               // the same for all; used when group_key is empty
  std::string group_key;                // a device key is derived for each id
  std::vector<const Family*> families;  // dealt out in turn
  nlohmann::json payload;
  std::optional<int> qos;
  std::optional<SrStyle> sr;
  bool direct_only = false;
  int first = 0;
  int count = 1;
  int concurrency = 1;
  int repeat = 1;       // whole passes over the fleet
  int sources = 0;      // loopback source addresses to spread over; 0 = the system's
  std::string journal;  // file; empty = none
};

// Lines written with write(2) the moment a step was received, so that whatever stands there was acknowledged:
//   acked ID OPERATION · assigned ID HUB DEVICE OPERATION · refused ID CODE · lost ID · timeout ID · broken
//   ID WHY
class Journal final : public Watcher {
 public:
  // Throws std::runtime_error when the file cannot be opened.
  explicit Journal(const std::string& file);
  ~Journal() override;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  void accepted(const std::string& id, const std::string& operation) override;
  void settled(const std::string& id, const Outcome& outcome) override;
  void lost(const std::string& id, const std::string& why) override;

  std::uint64_t acked() const { return acked_; }
  std::uint64_t losses() const { return losses_; }

 private:
  void line(const std::string& text);
  int file_ = -1;
  std::uint64_t acked_ = 0;
  std::uint64_t losses_ = 0;
};

// Many leaves in one process, `concurrency` at a time.
class Fleet {
 public:
  // References must outlive the object.
  Fleet(boost::asio::io_context& io, boost::asio::ssl::context& context, const Link& link,
        const FleetPlan& plan, Journal& journal);
  // Runs to the end and returns the summary.
  nlohmann::json run();
  // 0 = every visit ended assigned (or, with direct_only, accepted); 1 = some were refused; 3 = some got no
  // answer; 4 = the gateway broke a rule. The worst counts.
  int exit_status() const;

 private:
  void launch();
  void note(const std::string& id, const Outcome& outcome, std::chrono::microseconds took);
  LeafSettings settings_of(int index) const;
  boost::asio::ip::address source_of(int index) const;

  boost::asio::io_context& io_;
  boost::asio::ssl::context& context_;
  const Link& link_;
  const FleetPlan& plan_;
  Journal& journal_;
  long next_ = 0;
  long running_ = 0;
  std::map<Outcome::Verdict, long> verdicts_;
  long direct_ = 0;
  long changed_ = 0;  // a later pass was told another hub or device than an earlier one
  std::map<std::string, std::string> told_;
  std::map<std::string, long> refusals_;
  std::map<std::string, long> failures_;
  std::vector<double> millis_;
};

}  // namespace leafgate::leaf
