#include "store/enrollment_rows.hpp"

#include <utility>

#include "gateway/runtime/log.hpp"
#include "store/row_codec.hpp"

namespace leafgate::enrollment_rows {
namespace {

constexpr std::int64_t kind_number(EnrollmentKind kind) { return kind == EnrollmentKind::individual ? 0 : 1; }
constexpr std::size_t rows_of_a_count = 1000;

std::optional<Mechanism> mechanism_from(std::string_view text) {
  for (const auto mechanism : {Mechanism::none, Mechanism::symmetric_key, Mechanism::x509, Mechanism::tpm})
    if (to_text(mechanism) == text) return mechanism;
  return std::nullopt;
}

// id, mechanism, enabled, etag, primary_key, secondary_key, match, record, primary_certificate,
// secondary_certificate, gateway_host_name, endorsement_key, bridge, offline_max_age, provisional, only_hub,
// device_id, origin, keys_etag
#define LEAFGATE_ENROLLMENT_COLUMNS                                                                   \
  "id, mechanism, enabled, etag, primary_key, secondary_key, match, record, primary_certificate, "    \
  "secondary_certificate, gateway_host_name, endorsement_key, bridge, offline_max_age, provisional, " \
  "only_hub, "                                                                                        \
  "device_id, origin, keys_etag"

bool read_certificate(const Query& row, int column, std::optional<EnrolledCertificate>& into) {
  if (row.is_null(column)) return true;
  auto certificate = decode_certificate(row.text(column));
  if (!certificate) return false;
  into = std::move(*certificate);
  return true;
}

// Of one that is gone nothing, and without a word.
std::optional<Enrollment> read(const Query& row, EnrollmentKind kind) {
  Enrollment out;
  out.kind = kind;
  out.id = row.text(0);
  if (row.text(1).empty()) return std::nullopt;
  const auto mechanism = mechanism_from(row.text(1));
  auto match = decode_texts(row.text(6));
  if (!mechanism || !match) {
    log::error("stored enrollment does not parse", {{"enrollment", out.id}});
    return std::nullopt;
  }
  out.mechanism = *mechanism;
  out.enabled = row.integer(2) != 0;
  out.etag = row.text(3);
  if (!row.is_null(4)) out.primary_key = SealedKey{row.text(4)};
  if (!row.is_null(5)) out.secondary_key = SealedKey{row.text(5)};
  out.match = std::move(*match);
  out.record = row.text(7);
  out.gateway_host_name = row.text(10);
  out.endorsement_key = row.text(11);
  out.bridge = row.integer(12) != 0;
  if (!row.is_null(13)) out.offline_max_age = Millis(row.integer(13));
  out.provisional = row.integer(14) != 0;
  out.only_hub = row.text(15);
  out.device_id = row.text(16);
  out.origin = row.integer(17) != 0 ? EnrollmentOrigin::service : EnrollmentOrigin::carried;
  out.keys_etag = row.text(18);
  if (!read_certificate(row, 8, out.primary_certificate) ||
      !read_certificate(row, 9, out.secondary_certificate)) {
    log::error("stored enrollment does not parse", {{"enrollment", out.id}});
    return std::nullopt;
  }
  return out;
}

void bind_key(Query& query, int parameter, const std::optional<SealedKey>& key) {
  if (key) {
    query.blob(parameter, key->blob);
  } else {
    query.null(parameter);
  }
}

void bind_octets(Query& query, int parameter, const std::optional<std::string>& octets) {
  if (octets) {
    query.blob(parameter, *octets);
  } else {
    query.null(parameter);
  }
}

std::optional<std::string> octets_of(const std::optional<EnrolledCertificate>& certificate) {
  return certificate ? std::optional(encode_certificate(*certificate)) : std::nullopt;
}

Result<std::int64_t> number(Connection& connection, std::string_view sql) {
  Query query(connection, sql);
  const auto row = query.step();
  if (!row) return row.error();
  return *row ? query.integer(0) : 0;
}

}  // namespace

Result<std::optional<Enrollment>> find(Connection& connection, EnrollmentKind kind, std::string_view id) {
  Query query(connection, "SELECT " LEAFGATE_ENROLLMENT_COLUMNS
                          " FROM enrollment "
                          "WHERE kind=?1 AND id=?2 AND generation<=(SELECT generation FROM site) "
                          "ORDER BY generation DESC LIMIT 1");
  const auto row = query.integer(1, kind_number(kind)).text(2, id).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Enrollment>();
  return read(query, kind);
}

Result<std::vector<Enrollment>> list(Connection& connection, EnrollmentKind kind, std::string_view after,
                                     std::size_t limit) {
  Query query(connection, "SELECT " LEAFGATE_ENROLLMENT_COLUMNS
                          " FROM enrollment "
                          "WHERE kind=?1 AND id>?2 AND generation<=(SELECT generation FROM site) "
                          "ORDER BY id, generation DESC");
  query.integer(1, kind_number(kind)).text(2, after);
  std::vector<Enrollment> out;
  std::string last;
  while (out.size() < limit) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) break;
    if (query.text(0) == last) continue;  // a replaced one
    last = query.text(0);
    if (auto enrollment = read(query, kind)) out.push_back(std::move(*enrollment));
  }
  return out;
}

// One that was replaced keeps its rows until they are swept, so what is found is looked at again.
Result<std::string> id_of_endorsement_key(Connection& connection, std::string_view key) {
  Query query(connection,
              "SELECT id FROM enrollment WHERE endorsement_key=?1 AND endorsement_key<>'' AND kind=0 "
              "AND generation<=(SELECT generation FROM site)");
  query.text(1, key);
  while (true) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return std::string();
    const auto current = find(connection, EnrollmentKind::individual, query.text(0));
    if (!current) return current.error();
    if (*current && (*current)->endorsement_key == key) return (*current)->id;
  }
}

Result<std::optional<Place>> place_after(Connection& connection, const Place& from, std::size_t rows) {
  Query query(connection,
              "SELECT kind, id FROM (SELECT kind, id FROM enrollment WHERE (kind, id)>(?1, ?2) "
              "ORDER BY kind, id LIMIT ?3) ORDER BY kind DESC, id DESC LIMIT 1");
  query.integer(1, from.kind).text(2, from.id).integer(3, static_cast<std::int64_t>(rows));
  const auto row = query.step();
  if (!row) return row.error();
  if (!*row) return std::optional<Place>();
  return std::optional(Place{query.integer(0), query.text(1)});
}

Result<std::optional<std::size_t>> count_some(Connection& connection, Place& from) {
  auto to = place_after(connection, from, rows_of_a_count);
  if (!to) return to.error();
  if (!*to) return std::optional<std::size_t>();
  // By indexes alone: the rows themselves are many times as large.
  Query query(
      connection,
      "SELECT (SELECT count(*) FROM (SELECT DISTINCT kind, id FROM enrollment "
      "WHERE (kind, id)>(?1, ?2) AND (kind, id)<=(?3, ?4) AND generation<=(SELECT generation FROM site))) - "
      "(SELECT count(*) FROM enrollment AS gone WHERE gone.mechanism='' "
      "AND (gone.kind, gone.id)>(?1, ?2) AND (gone.kind, gone.id)<=(?3, ?4) "
      "AND gone.generation<=(SELECT generation FROM site) AND NOT EXISTS (SELECT 1 FROM enrollment AS newer "
      "WHERE newer.kind=gone.kind AND newer.id=gone.id AND newer.generation>gone.generation "
      "AND newer.generation<=(SELECT generation FROM site)))");
  query.integer(1, from.kind).text(2, from.id).integer(3, (*to)->kind).text(4, (*to)->id);
  const auto row = query.step();
  if (!row) return row.error();
  const std::size_t counted = *row ? static_cast<std::size_t>(query.integer(0)) : 0;
  from = std::move(**to);
  return std::optional(counted);
}

Result<bool> remove(Connection& connection, EnrollmentKind kind, std::string_view id) {
  const auto held = find(connection, kind, id);
  if (!held) return held.error();
  if (!*held) return false;
  Query disturbed(connection, "UPDATE sync SET disturbed=1 WHERE generation<>0 AND disturbed=0");
  if (auto noted = disturbed.run(); !noted) return noted.error();
  Query query(connection,
              "DELETE FROM enrollment WHERE kind=?1 AND id=?2 AND generation<=(SELECT generation FROM site)");
  query.integer(1, kind_number(kind)).text(2, id);
  if (auto gone = query.run(); !gone) return gone.error();
  return true;
}

Result<std::int64_t> generation(Connection& connection) {
  return number(connection, "SELECT generation FROM site");
}

Result<void> stage(Connection& connection, const Enrollment& enrollment, std::int64_t generation,
                   std::int64_t base) {
  Query query(
      connection,
      "INSERT OR REPLACE INTO enrollment(kind, generation, " LEAFGATE_ENROLLMENT_COLUMNS
      ", base) VALUES(?1, ?3, ?2, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, "
      "?20, ?21, ?22)");
  query.integer(22, base);
  const std::string match = encode_texts(enrollment.match);
  query.integer(1, kind_number(enrollment.kind)).text(2, enrollment.id).integer(3, generation);
  query.text(4, to_text(enrollment.mechanism))
      .integer(5, enrollment.enabled ? 1 : 0)
      .text(6, enrollment.etag);
  bind_key(query, 7, enrollment.primary_key);
  bind_key(query, 8, enrollment.secondary_key);
  const auto primary = octets_of(enrollment.primary_certificate);
  const auto secondary = octets_of(enrollment.secondary_certificate);
  bind_octets(query, 11, primary);
  bind_octets(query, 12, secondary);
  query.text(13, enrollment.gateway_host_name).text(14, enrollment.endorsement_key);
  query.integer(15, enrollment.bridge ? 1 : 0);
  if (enrollment.offline_max_age) query.integer(16, enrollment.offline_max_age->count());
  query.integer(17, enrollment.provisional ? 1 : 0);
  query.text(18, enrollment.only_hub).text(19, enrollment.device_id);
  query.integer(20, enrollment.origin == EnrollmentOrigin::service ? 1 : 0).text(21, enrollment.keys_etag);
  return query.blob(9, match).text(10, enrollment.record).run();
}

Result<void> stage_gone(Connection& connection, EnrollmentKind kind, std::string_view id,
                        std::int64_t generation, std::int64_t base) {
  Query query(
      connection,
      "INSERT OR REPLACE INTO enrollment(kind, id, generation, mechanism, enabled, etag, match, record, "
      "base) VALUES(?1, ?2, ?3, '', 0, '', x'', '', ?4)");
  return query.integer(1, kind_number(kind)).text(2, id).integer(3, generation).integer(4, base).run();
}

Result<bool> is_staged(Connection& connection, EnrollmentKind kind, std::string_view id,
                       std::int64_t generation) {
  Query query(connection, "SELECT 1 FROM enrollment WHERE kind=?1 AND id=?2 AND generation=?3");
  return query.integer(1, kind_number(kind)).text(2, id).integer(3, generation).step();
}

Result<std::optional<Enrollment>> find_of(Connection& connection, EnrollmentKind kind, std::string_view id,
                                          std::int64_t generation) {
  Query query(connection, "SELECT " LEAFGATE_ENROLLMENT_COLUMNS
                          " FROM enrollment WHERE kind=?1 AND id=?2 AND generation=?3");
  const auto row = query.integer(1, kind_number(kind)).text(2, id).integer(3, generation).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Enrollment>();
  return read(query, kind);
}

Result<std::int64_t> generation_of(Connection& connection, EnrollmentKind kind, std::string_view id) {
  Query query(connection,
              "SELECT generation FROM enrollment WHERE kind=?1 AND id=?2 "
              "AND generation<=(SELECT generation FROM site) ORDER BY generation DESC LIMIT 1");
  const auto row = query.integer(1, kind_number(kind)).text(2, id).step();
  if (!row) return row.error();
  return *row ? query.integer(0) : 0;
}

Result<void> unstage(Connection& connection, EnrollmentKind kind, std::string_view id,
                     std::int64_t generation) {
  Query query(connection, "DELETE FROM enrollment WHERE kind=?1 AND id=?2 AND generation=?3");
  return query.integer(1, kind_number(kind)).text(2, id).integer(3, generation).run();
}

Result<void> switch_to(Connection& connection, std::int64_t generation) {
  Query query(connection, "UPDATE site SET generation=?1");
  return query.integer(1, generation).run();
}

Result<bool> sweep_wanted(Connection& connection) {
  const auto wanted = number(connection, "SELECT sweep FROM site");
  if (!wanted) return wanted.error();
  return *wanted != 0;
}

Result<void> set_sweep_wanted(Connection& connection, bool wanted) {
  Query query(connection, "UPDATE site SET sweep=?1 WHERE sweep<>?1");
  return query.integer(1, wanted ? 1 : 0).run();
}

Result<bool> sweep(Connection& connection, Place& from, std::size_t rows) {
  auto next = place_after(connection, from, rows);
  if (!next) return next.error();
  if (!*next) return false;
  Place to = std::move(**next);
  Query query(connection,
              "DELETE FROM enrollment WHERE (kind, id)>(?1, ?2) AND (kind, id)<=(?3, ?4) AND ("
              "generation>(SELECT generation FROM site) AND generation<>(SELECT generation FROM sync) "
              "OR EXISTS (SELECT 1 FROM enrollment AS newer "
              "WHERE newer.kind=enrollment.kind AND newer.id=enrollment.id "
              "AND newer.generation>enrollment.generation "
              "AND newer.generation<=(SELECT generation FROM site)))");
  query.integer(1, from.kind).text(2, from.id).integer(3, to.kind).text(4, to.id);
  if (auto done = query.run(); !done) return done.error();
  // What one that is gone has replaced went just now, and it may follow.
  Query gone(connection,
             "DELETE FROM enrollment WHERE (kind, id)>(?1, ?2) AND (kind, id)<=(?3, ?4) AND mechanism='' "
             "AND generation<=(SELECT generation FROM site)");
  gone.integer(1, from.kind).text(2, from.id).integer(3, to.kind).text(4, to.id);
  if (auto done = gone.run(); !done) return done.error();
  from = std::move(to);
  return true;
}

}  // namespace leafgate::enrollment_rows
