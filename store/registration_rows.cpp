#include "store/registration_rows.hpp"

#include <utility>

#include "gateway/runtime/log.hpp"
#include "store/row_codec.hpp"

namespace leafgate::registration_rows {
namespace {

#define LEAFGATE_REGISTRATION_COLUMNS                                                                    \
  "id, queued, notes, assigned_hub, device_id, state, etag, credential, request_digest, enrollment_id, " \
  "enrollment_etag, confirmed_at, confirmed_wall, operation_id, status, outcome_state, error_code, "     \
  "message, reason, outcome_at, tpm_key, tpm_storage, receipt, provisional, own_ends, authority_ends"

WallTime wall(std::int64_t milliseconds) { return WallTime(Millis(milliseconds)); }

Assignment read_assignment(const Query& row) {
  Assignment out;
  out.assigned_hub = row.text(3);
  out.device_id = row.text(4);
  out.state = row.text(5);
  out.etag = row.text(6);
  out.credential = row.text(7);
  out.request_digest = row.text(8);
  out.enrollment_id = row.text(9);
  out.enrollment_etag = row.text(10);
  out.confirmed_at = PoweredTime(row.integer(11));
  out.confirmed_wall = wall(row.integer(12));
  if (!row.is_null(20)) out.tpm_key = SealedKey{row.text(20)};
  out.tpm_storage = row.text(21);
  out.receipt = row.integer(22);
  out.provisional = row.integer(23) != 0;
  if (!row.is_null(24)) {
    ProofEnds& ends = out.ends.emplace();
    ends.own = wall(row.integer(24));
    if (!row.is_null(25)) ends.authority = wall(row.integer(25));
  }
  return out;
}

std::optional<Outcome> read_outcome(const Query& row) {
  const auto status = registration_status_from(row.text(14));
  if (!status) return std::nullopt;
  Outcome out;
  out.operation_id = row.text(13);
  out.status = *status;
  out.state = row.is_null(15) ? row.text(5) : row.text(15);
  out.error_code = static_cast<int>(row.integer(16));
  out.message = row.text(17);
  out.reason = reason_from_code(row.text(18)).value_or(Reason::none);
  out.at = wall(row.integer(19));
  return out;
}

std::optional<Row> read(const Query& row) {
  auto id = RegistrationId::parse(row.text(0));
  if (!id) {
    log::error("stored registration does not parse", {{"registration_id", row.text(0)}});
    return std::nullopt;
  }
  Row out{RegistrationRecord{Registration(std::move(*id)), {}}, std::nullopt};
  Registration& registration = out.record.registration;
  if (!row.is_null(1)) out.queued = row.integer(1);
  if (!row.is_null(3)) registration.assignment = read_assignment(row);
  if (!row.is_null(13)) {
    registration.outcome = read_outcome(row);
    if (!registration.outcome)
      log::error("stored outcome does not parse", {{"registration_id", registration.id.text()}});
  }
  auto notes = decode_notes(row.text(2));
  if (notes) {
    out.record.notes = std::move(*notes);
  } else {
    log::error("stored notes do not parse", {{"registration_id", registration.id.text()}});
  }
  return out;
}

void bind_ends(Query& query, const ProofEnds& ends, int own, int authority) {
  query.integer(own, ends.own.time_since_epoch().count());
  if (ends.authority) query.integer(authority, ends.authority->time_since_epoch().count());
}

void bind_assignment(Query& query, const Assignment& assignment) {
  query.text(5, assignment.assigned_hub).text(6, assignment.device_id).text(7, assignment.state);
  query.text(8, assignment.etag).text(9, assignment.credential).text(10, assignment.request_digest);
  query.text(11, assignment.enrollment_id).text(12, assignment.enrollment_etag);
  query.integer(13, assignment.confirmed_at.count());
  query.integer(14, assignment.confirmed_wall.time_since_epoch().count());
  if (assignment.tpm_key) query.blob(22, assignment.tpm_key->blob);
  if (!assignment.tpm_storage.empty()) query.text(23, assignment.tpm_storage);
  if (assignment.ends) bind_ends(query, *assignment.ends, 26, 27);
}

// What an assignment and its outcome tell is mostly one text: it is stored once.
bool same_state(const Registration& registration) {
  return registration.assignment && registration.assignment->state == registration.outcome->state;
}

void bind_outcome(Query& query, const Registration& registration) {
  const Outcome& outcome = *registration.outcome;
  query.text(15, outcome.operation_id).text(16, to_text(outcome.status));
  if (!same_state(registration)) query.text(17, outcome.state);
  query.integer(18, outcome.error_code).text(19, outcome.message).text(20, code(outcome.reason));
  query.integer(21, outcome.at.time_since_epoch().count());
}

}  // namespace

Result<std::optional<Row>> find(Connection& connection, std::string_view key) {
  Query query(connection, "SELECT " LEAFGATE_REGISTRATION_COLUMNS " FROM registration WHERE key=?1");
  const auto row = query.text(1, key).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Row>();
  return read(query);
}

Result<std::vector<RegistrationRecord>> list(Connection& connection, std::string_view after,
                                             std::size_t limit) {
  Query query(connection,
              "SELECT " LEAFGATE_REGISTRATION_COLUMNS " FROM registration WHERE key>?1 ORDER BY key");
  query.text(1, after);
  std::vector<RegistrationRecord> out;
  while (out.size() < limit) {
    const auto more = query.step();
    if (!more) return more.error();
    if (!*more) break;
    if (auto row = read(query)) out.push_back(std::move(row->record));
  }
  return out;
}

Result<std::size_t> count(Connection& connection) {
  Query query(connection, "SELECT count(*) FROM registration");
  const auto row = query.step();
  if (!row) return row.error();
  return static_cast<std::size_t>(query.integer(0));
}

Result<std::vector<std::string>> hubs(Connection& connection) {
  Query query(connection, "SELECT DISTINCT assigned_hub FROM registration WHERE assigned_hub IS NOT NULL");
  std::vector<std::string> out;
  while (true) {
    const auto more = query.step();
    if (!more) return more.error();
    if (!*more) return out;
    out.push_back(query.text(0));
  }
}

Result<void> put(Connection& connection, const Row& row) {
  // What is not bound is NULL.
  Query query(
      connection,
      "INSERT INTO registration(key, " LEAFGATE_REGISTRATION_COLUMNS
      ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, "
      "?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27) ON CONFLICT(key) DO UPDATE SET "
      "(" LEAFGATE_REGISTRATION_COLUMNS
      ")=(?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, "
      "?23, ?24, ?25, ?26, ?27)");
  const Registration& registration = row.record.registration;
  const std::string notes = encode_notes(row.record.notes);
  query.text(1, registration.id.key()).text(2, registration.id.text()).blob(4, notes);
  if (row.queued) query.integer(3, *row.queued);
  query.integer(24, registration.assignment ? registration.assignment->receipt : 0);
  query.integer(25, registration.assignment && registration.assignment->provisional ? 1 : 0);
  if (registration.assignment) bind_assignment(query, *registration.assignment);
  if (registration.outcome) bind_outcome(query, registration);
  return query.run();
}

Result<void> set_queued(Connection& connection, std::string_view key, std::optional<std::int64_t> queued) {
  Query query(connection, "UPDATE registration SET queued=?2 WHERE key=?1");
  query.text(1, key);
  if (queued) query.integer(2, *queued);
  return query.run();
}

Result<void> set_notes(Connection& connection, std::string_view key, const std::vector<AttemptNote>& notes) {
  Query query(connection, "UPDATE registration SET notes=?2 WHERE key=?1");
  const std::string encoded = encode_notes(notes);
  return query.text(1, key).blob(2, encoded).run();
}

Result<void> remove(Connection& connection, std::string_view key) {
  Query query(connection, "DELETE FROM registration WHERE key=?1");
  return query.text(1, key).run();
}

Result<bool> confirm(Connection& connection, const Confirmation& confirmation, PoweredTime powered,
                     WallTime wall) {
  Query query(connection,
              "UPDATE registration SET confirmed_at=?4, confirmed_wall=?5 WHERE key=?1 AND assigned_hub=?2 "
              "AND device_id=?3 AND provisional=0 AND queued IS NULL RETURNING 1");
  query.text(1, confirmation.key).text(2, confirmation.assigned_hub).text(3, confirmation.device_id);
  query.integer(4, powered.count()).integer(5, wall.time_since_epoch().count());
  const auto done = query.step();
  if (!done || !*done) return done;
  if (auto rest = query.run(); !rest) return rest.error();
  return true;
}

Result<bool> keep_ends(Connection& connection, const ShownEnds& shown) {
  Query query(connection,
              "UPDATE registration SET own_ends=?2, authority_ends=?3, "
              "enrollment_etag=CASE enrollment_id WHEN '' THEN ?5 ELSE enrollment_etag END, "
              "enrollment_id=CASE enrollment_id WHEN '' THEN ?4 ELSE enrollment_id END "
              "WHERE key=?1 AND assigned_hub IS NOT NULL RETURNING 1");
  query.text(1, shown.key);
  bind_ends(query, shown.ends, 2, 3);
  query.text(4, shown.enrollment_id).text(5, shown.enrollment_etag);
  const auto done = query.step();
  if (!done || !*done) return done;
  if (auto rest = query.run(); !rest) return rest.error();
  return true;
}

Result<bool> is_taken(Connection& connection, const Registration& registration) {
  if (!registration.assignment) return false;
  const Assignment& assignment = *registration.assignment;
  if (ascii_lower(assignment.device_id) == registration.id.key()) return false;
  // Whose id the place is called by, and, by the index registration_place, whoever has another name there.
  Query query(
      connection,
      "SELECT 1 FROM registration WHERE key=?1 AND device_id=?1 AND assigned_hub=?2 AND key<>?3 "
      "UNION ALL SELECT 1 FROM registration WHERE assigned_hub=?2 AND device_id=?1 AND device_id<>key "
      "AND key<>?3 LIMIT 1");
  return query.text(1, assignment.device_id)
      .text(2, assignment.assigned_hub)
      .text(3, registration.id.key())
      .step();
}

Result<void> withdraw_told_ahead(Connection& connection, std::string_view key) {
  Query query(
      connection,
      "UPDATE registration SET assigned_hub=NULL, device_id=NULL, state=NULL, etag=NULL, "
      "credential=NULL, request_digest=NULL, enrollment_id=NULL, enrollment_etag=NULL, "
      "confirmed_at=NULL, confirmed_wall=NULL, receipt=0, provisional=0 WHERE key=?1 AND provisional=1");
  return query.text(1, key).run();
}

}  // namespace leafgate::registration_rows
