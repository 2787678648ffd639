#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "gateway/net/http_server.hpp"
#include "gateway/ports/backups.hpp"
#include "gateway/ports/bridge_operator.hpp"
#include "gateway/ports/deny_operator.hpp"
#include "gateway/ports/events.hpp"
#include "gateway/ports/expectations.hpp"
#include "gateway/ports/line_operator.hpp"
#include "gateway/ports/operator.hpp"
#include "gateway/ports/outage_operator.hpp"
#include "gateway/ports/self_test.hpp"
#include "gateway/ports/sync_operator.hpp"
#include "gateway/ports/tpm_operator.hpp"
#include "gateway/runtime/metrics.hpp"

namespace leafgate::status {

struct ReportFacts;
class UserNames;

// What the routes stand on. All outlive them.
struct RoutesPorts {
  Operator& desk;
  Metrics& metrics;
  Executor pool;                                   // for reading large imports (runtime/offload)
  EventFeed* events = nullptr;                     // of this very loop; null: nobody may watch
  std::function<Task<void>()> collect = {};        // see MetricsPorts
  TpmOperator* tpm = nullptr;                      // null: there is no part for a TPM
  BackupOperator* backups = nullptr;               // null: none are made
  LineOperator* lines = nullptr;                   // null: neither [[serial]] nor [broker] stands
  BridgeOperator* bridges = nullptr;               // null: nobody speaks for leaves
  DenyOperator* denials = nullptr;                 // null: nobody is kept out by lists
  SyncOperator* sync = nullptr;                    // null: the service's list is not read
  CommissioningOperator* commissioning = nullptr;  // of this very loop; null: nothing has a label
  SelfTestOperator* self_test = nullptr;           // null: nothing is tried
  std::function<std::string()> config = {};        // as JSON without secrets; empty: it is not told
  // Adds to the report what the operator port does not tell: when it is, how the uplink was, what became of
  // leaves. Ends before the reference does.
  std::function<Task<void>(ReportFacts&)> report_parts = {};
  OutageOperator* outages = nullptr;  // null: none are followed
  UserNames* users = nullptr;         // null: the audit log has numbers alone
};

// The HTTP face of the operator port: what leafgatectl and curl ask over the status socket. Reading is for
// whoever the socket's mode lets in; changing is for root and `admin_group`, hub tokens are for root and
// `bridge_users`. One loop; answers on it.
class Routes final : public net::HttpHandler {
 public:
  Routes(RoutesPorts ports, std::optional<gid_t> admin_group, std::vector<uid_t> bridge_users = {});

  // Those from now on.
  void let(std::optional<gid_t> admin_group, std::vector<uid_t> bridge_users);

  // Whether this process may do more than read.
  [[nodiscard]] bool does_more_than_read(const net::PeerCredentials& who) const;

  Task<net::HttpResponse> handle(net::HttpRequest request) override;
  net::BodyVerdict judge_body(const net::HttpRequest& head, std::size_t size) override;
  [[nodiscard]] net::HttpResponse refuse(int http_status, std::string_view why) const override;

 private:
  RoutesPorts ports_;
  std::optional<gid_t> admin_group_;
  std::vector<uid_t> bridge_users_;
  std::weak_ptr<void> large_file_;  // the one that is being taken in
};

}  // namespace leafgate::status
