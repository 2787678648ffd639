#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/status/html.hpp"
#include "gateway/ports/line_operator.hpp"
#include "gateway/ports/operator.hpp"
#include "gateway/ports/outage_operator.hpp"
#include "gateway/ports/tpm_operator.hpp"

// The page of the site: one HTML text that needs nothing else, to be read in a browser, printed and handed
// over. Pure: facts in, text out.
namespace leafgate::status {

// One time without the service.
struct OutageSpan {
  WallTime began{};
  std::optional<WallTime> ended;   // none: it lasts
  std::size_t most_queued = 0;     // registrations that waited at once
  std::optional<Millis> lasted{};  // by the hours meter, where these dates do not tell
};

struct LinkSample {
  WallTime at{};
  bool service_up = true;
  std::size_t queued = 0;
};

// How it went with the service; both lists oldest first.
struct TimelineFacts {
  std::vector<OutageSpan> outages;
  std::vector<LinkSample> samples;
  // When the clock was set, by what it says since: what was before is dated by that too.
  std::vector<WallTime> clock_set;
};

// What became of one leaf that was answered or queued while the service was away.
struct OutcomeRow {
  std::string registration_id;
  std::string outcome;  // "confirmed", "re-homed", "refused", "conflict", "needs-the-leaf"
  std::string detail;
  std::string next_action;
  WallTime at{};
};

struct OutcomeFacts {
  std::vector<std::pair<std::string, std::size_t>> counts;  // by outcome, in the order to be shown
  std::vector<OutcomeRow> rows;                             // those that need somebody first
  std::size_t all = 0;                                      // such rows, also those that are left out
};

// A leaf of the list that was expected here.
struct ListedLeaf {
  std::string registration_id;
  std::string label;
  std::string place;
  std::string line;
  std::string state;  // "done", "missing", "wrong-place", "unknown"
  std::string note;   // of the list, or what is wrong
};

struct CommissioningFacts {
  std::vector<std::pair<std::string, std::size_t>> counts;  // by state, in the order to be shown
  std::vector<ListedLeaf> rows;                             // what is not done first
  std::size_t all = 0;                                      // such rows, also those that are left out
};

// Everything that stands on the page beside the leaves. What is absent is left out, or named as absent where
// a reader would look for it.
struct ReportFacts {
  WallTime made_at{};
  bool live = false;  // it asks for itself again every 30 s
  StatusReport status;
  TurnedAway turned_away = TurnedAway::nobody;
  SiteNames names;
  std::vector<StrangerRow> strangers;  // latest first
  AuditPage audit;                     // the newest entries, oldest first
  std::optional<LineReport> lines;
  std::optional<TpmReport> tpm;
  std::optional<TimelineFacts> timeline;
  std::optional<OutcomeFacts> outcomes;
  std::optional<CommissioningFacts> commissioning;
  std::map<std::string, std::string> labels;       // of leaves, by registrationId in lower case; see label_in
  std::map<std::string, std::string> expected_at;  // of strangers' addresses: who should be there
  // Of all leaves; where it is empty, those of the table are counted.
  std::map<std::string_view, std::size_t> by_status;
};

// So many of each list; the rest is counted.
inline constexpr std::size_t leaves_listed = 10'000;
inline constexpr std::size_t others_listed = 500;

// The table of all leaves, made page by page so that nobody holds up a loop.
class LeafTable {
 public:
  explicit LeafTable(const std::map<std::string, std::string>& labels) : labels_(labels) {}
  void add(const DeviceRow& leaf);

  [[nodiscard]] std::size_t listed() const { return listed_; }
  [[nodiscard]] const std::map<std::string_view, std::size_t>& by_status() const { return by_status_; }
  struct OfReason {
    std::size_t leaves = 0;
    std::size_t not_ready = 0;  // of them: would not be answered if the uplink went now
  };
  [[nodiscard]] const std::map<Reason, OfReason>& by_reason() const { return by_reason_; }
  [[nodiscard]] const std::string& rows() const { return html_.str(); }

 private:
  const std::map<std::string, std::string>& labels_;
  std::map<std::string_view, std::size_t> by_status_;
  std::map<Reason, OfReason> by_reason_;
  std::size_t listed_ = 0;
  Html html_;
};

// What people call this leaf; empty where it has no such name.
[[nodiscard]] std::string_view label_in(const std::map<std::string, std::string>& labels,
                                        std::string_view registration_id);

[[nodiscard]] std::string report_page(const ReportFacts& facts, const LeafTable& leaves);
// What the page may do, as the value of Content-Security-Policy: its own style and script, by their hashes.
[[nodiscard]] std::string report_policy();

// What comes before that sentence: whom the gateway has no certificate for. Empty: nobody is turned away.
[[nodiscard]] std::string turned_away_sentence(TurnedAway who);
// The sentence that matters, as on the page.
[[nodiscard]] std::string readiness_sentence(const StatusReport& status);

}  // namespace leafgate::status
