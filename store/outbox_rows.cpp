#include "store/outbox_rows.hpp"

#include <utility>

#include "gateway/runtime/log.hpp"

namespace leafgate::outbox_rows {
namespace {

#define LEAFGATE_OUTBOX_COLUMNS                                                                 \
  "outbox.id, outbox.operation_id, sequence, forward_class, first_registration, payload, csr, " \
  "outbox.request_digest, outbox.credential, outbox.enrollment_id, outbox.enrollment_etag, "    \
  "outbox.reason, queued_at, tries"

std::optional<ForwardClass> forward_class_from(std::string_view text) {
  for (const auto c :
       {ForwardClass::waiting_now, ForwardClass::backlog, ForwardClass::relay, ForwardClass::refresh})
    if (to_text(c) == text) return c;
  return std::nullopt;
}

std::optional<OutboxRow> read(const Query& row) {
  auto id = RegistrationId::parse(row.text(0));
  auto operation = OperationId::parse(row.text(1));
  if (!id || !operation) {
    log::error("stored outbox row does not parse", {{"sequence", row.integer(2)}});
    return std::nullopt;
  }
  OutboxRow out(std::move(*id), std::move(*operation));
  out.sequence = row.integer(2);
  // A class of a newer program waits with the backlog.
  out.forward_class = forward_class_from(row.text(3)).value_or(ForwardClass::backlog);
  out.first_registration = row.integer(4) != 0;
  out.request.payload = row.text(5);
  out.request.csr = row.text(6);
  out.request_digest = row.text(7);
  out.credential = row.text(8);
  out.enrollment_id = row.text(9);
  out.enrollment_etag = row.text(10);
  out.reason = reason_from_code(row.text(11)).value_or(Reason::none);
  out.queued_at = WallTime(Millis(row.integer(12)));
  out.tries = static_cast<std::int32_t>(row.integer(13));
  return out;
}

Result<std::optional<OutboxRow>> only(Query& query) {
  const auto row = query.step();
  if (!row) return row.error();
  if (!*row) return std::optional<OutboxRow>();
  return read(query);
}

}  // namespace

Result<std::optional<OutboxRow>> find(Connection& connection, std::int64_t sequence) {
  Query query(connection, "SELECT " LEAFGATE_OUTBOX_COLUMNS " FROM outbox WHERE sequence=?1");
  return only(query.integer(1, sequence));
}

Result<std::optional<OutboxRow>> find_by_key(Connection& connection, std::string_view registration_key) {
  Query query(connection, "SELECT " LEAFGATE_OUTBOX_COLUMNS
                          " FROM registration JOIN outbox ON sequence=queued WHERE key=?1");
  return only(query.text(1, registration_key));
}

Result<std::optional<OutboxRow>> find_by_operation(Connection& connection, const OperationId& operation) {
  Query query(connection, "SELECT " LEAFGATE_OUTBOX_COLUMNS " FROM outbox WHERE operation_id=?1");
  return only(query.text(1, operation.text()));
}

Result<std::vector<OutboxRow>> list(Connection& connection, std::int64_t after, std::size_t limit) {
  Query query(connection,
              "SELECT " LEAFGATE_OUTBOX_COLUMNS " FROM outbox WHERE sequence>?1 ORDER BY sequence");
  query.integer(1, after);
  std::vector<OutboxRow> out;
  while (out.size() < limit) {
    const auto more = query.step();
    if (!more) return more.error();
    if (!*more) break;
    if (auto row = read(query)) out.push_back(std::move(*row));
  }
  return out;
}

Result<void> put(Connection& connection, const OutboxRow& row) {
  Query query(
      connection,
      "INSERT OR REPLACE INTO outbox(sequence, id, operation_id, forward_class, first_registration, "
      "request_digest, credential, enrollment_id, enrollment_etag, reason, queued_at, tries, payload, "
      "csr) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");
  query.integer(1, row.sequence).text(2, row.id.text()).text(3, row.operation_id.text());
  query.text(4, to_text(row.forward_class)).integer(5, row.first_registration ? 1 : 0);
  query.text(6, row.request_digest).text(7, row.credential).text(8, row.enrollment_id);
  query.text(9, row.enrollment_etag).text(10, code(row.reason));
  query.integer(11, row.queued_at.time_since_epoch().count()).integer(12, row.tries);
  return query.text(13, row.request.payload).text(14, row.request.csr).run();
}

Result<void> remove(Connection& connection, std::int64_t sequence) {
  Query query(connection, "DELETE FROM outbox WHERE sequence=?1");
  return query.integer(1, sequence).run();
}

Result<std::int64_t> highest(Connection& connection) {
  Query query(connection, "SELECT max(sequence) FROM outbox");
  const auto row = query.step();
  if (!row) return row.error();
  return *row ? query.integer(0) : 0;
}

}  // namespace leafgate::outbox_rows
