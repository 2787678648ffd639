#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace leafgate {

// Why a leaf is where it is. Closed; codes are stable names that logs, `explain` and metrics share (semantics
// §1, §7). A new reason is a new enumerator here and its row in reason.cpp.
enum class Reason : std::uint8_t {
  none,
  // answered
  answered_from_cache,
  answered_stale_refresh_behind,
  answered_stale_service_down,
  answered_beyond_trust,
  provisional_assignment,
  assigned_by_service,
  // on the way
  forwarded_new,
  forwarded_changed,
  credential_renewed,
  keeps_coming_back,
  queued_offline,
  beyond_trust_queued,
  joined_open_operation,
  unknown_offline,
  held_for_approval,
  credential_swapped,
  two_places_at_once,
  trust_pending,
  relayed,
  needs_the_leaf,
  needs_service,
  refresh_asked,
  sent_through,
  passed_through,
  certificate_behind_shared_address,
  certificate_not_passed,
  learnt_from_service,
  confirmed_by_sync,
  assigned_elsewhere,
  self_test,
  never_seen_toward_its_hub,
  tpm_challenged,
  challenge_relayed,
  signed_by_leaf,
  // refused here
  denied,
  rejected_by_operator,
  stale_by_true_time,
  taken_out_of_queue,
  wrong_key,
  token_expired,
  token_for_another_id,
  token_malformed,
  no_credential,
  wrong_scope,
  unknown_enrollment,
  enrollment_without_key,
  mechanism_mismatch,
  enrollment_disabled,
  leaf_clock_wrong,
  time_unknown,
  operation_unknown,
  request_malformed,
  request_too_large,
  attempts_too_fast,
  identity_malformed,
  source_held,
  taken_over,
  leaf_certificate_for_another_id,
  leaf_certificate_expired,
  leaf_certificate_not_yet_valid,
  leaf_certificate_unacceptable,
  leaf_certificate_not_enrolled,
  leaf_certificate_chain_unknown,
  tpm_keys_malformed,
  tpm_key_differs,
  tpm_key_of_another_id,
  tpm_proof_false,
  tpm_round_unknown,
  key_not_held,
  link_proof_false,
  link_unanswered,
  leaf_did_not_sign,
  // refused or failed by the service
  service_failed,
  service_disabled,
  service_refused,
  service_verdict_unconfirmed,
  // gateway faults and degraded modes
  service_unreachable,
  service_throttled,
  service_answer_implausible,
  service_refuses_everybody,
  service_resolves_to_self,
  service_certificate_untrusted,
  proxy_failed,
  service_list_unreadable,
  sync_incomplete,
  deny_list_refused,
  deny_list_unsigned,
  clock_jumped,
  offline_trust_ending,
  line_in_trouble,
  broker_lost,
  address_not_here,
  metrics_not_served,
  accounts_unknown,
  store_full,
  store_fault,
  gateway_stopping,
  internal_error,
  certificate_refused,
  certificate_expiring,
  configuration_refused,
  secrets_locked,
  tpm_absent,
  tpm_lost,
  tpm_locked,
  tpm_failed,
  tpm_foreign,
  store_foreign,
  store_rolled_back,
  derivations_full,
  // before an id was known
  not_tls,
  amqp,
  leaf_refuses_our_certificate,
  closed_after_our_certificate,
  tls_failed,
  not_mqtt,
  mqtt_malformed,
  mqtt_unsupported,
  silent,
  connection_limit,
  link_malformed,
  link_wrong_topic,
  // passing through
  leaf_refuses_service_certificate,
  name_not_passed,
  tunnel_failed,
  tunnel_limit,
};

// A row of the reason table.
struct ReasonRow {
  Reason reason;
  std::string_view code;         // "wrong-key": stable, for machines and for searching
  std::string_view text;         // one line: what happened
  std::string_view next_action;  // one line: what the engineer can do; empty when nothing is to be done
};

[[nodiscard]] const ReasonRow& row(Reason reason);
// The same once the service can be reached, and before it cannot: nobody is sent to an uplink that is there.
[[nodiscard]] std::string_view next_action(Reason reason, bool service_up);
[[nodiscard]] std::string_view code(Reason reason);
[[nodiscard]] std::optional<Reason> reason_from_code(std::string_view code);

}  // namespace leafgate
