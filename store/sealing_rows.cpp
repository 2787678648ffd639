#include "store/sealing_rows.hpp"

#include "store/sealed_blob.hpp"
#include "store/tpm_codec.hpp"

namespace leafgate::sealing_rows {
namespace {

constexpr std::int64_t in_file = 1;
constexpr std::int64_t in_tpm = 2;

Error damaged(std::string what) { return {Errc::store_fault, std::move(what)}; }

}  // namespace

Result<std::vector<Key>> list(Connection& connection) {
  Query query(connection, "SELECT id, kind, sealed, proof, recovery FROM sealing_key ORDER BY id");
  std::vector<Key> out;
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return out;
    Key key;
    key.id = query.integer(0);
    if (query.integer(1) == in_tpm) {
      auto sealed = decode_object(query.text(2));
      if (!sealed) return damaged(sealed.error().detail);
      key.sealed = std::move(*sealed);
    }
    key.proof = query.text(3);
    const std::string recovery = query.text(4);
    key.recovery.assign(recovery.begin(), recovery.end());
    out.push_back(std::move(key));
  }
}

Result<std::int64_t> add(Connection& connection, const Key& key) {
  Query query(connection,
              "INSERT INTO sealing_key(id, kind, sealed, proof, recovery) "
              "SELECT last_key+1, ?1, ?2, ?3, ?4 FROM sealing_work RETURNING id");
  const std::string sealed = key.sealed ? encode_object(*key.sealed) : std::string();
  query.integer(1, key.sealed ? in_tpm : in_file).blob(3, key.proof);
  if (key.sealed) query.blob(2, sealed);
  if (!key.recovery.empty()) query.blob(4, as_text(key.recovery));
  const auto added = query.step();
  if (!added) return added.error();
  if (!*added) return damaged("the row of sealing_work is missing");
  const std::int64_t id = query.integer(0);
  if (auto rest = query.run(); !rest) return rest.error();
  Query noted(connection,
              "UPDATE sealing_work SET last_key=?1, reseal=reseal OR last_key>0, scrub=scrub OR last_key>0");
  if (auto done = noted.integer(1, id).run(); !done) return done.error();
  return id;
}

Result<void> replace(Connection& connection, std::int64_t id, const TpmObject& sealed,
                     const Bytes& recovery) {
  Query query(connection,
              "UPDATE sealing_key SET kind=?2, sealed=?3, recovery=coalesce(?4, recovery) WHERE id=?1");
  const std::string object = encode_object(sealed);
  query.integer(1, id).integer(2, in_tpm).blob(3, object);
  if (!recovery.empty()) query.blob(4, as_text(recovery));
  return query.run();
}

Result<void> retire(Connection& connection, const Key& key) {
  const auto before = connection.ask("SELECT retired FROM sealing_work");
  if (!before) return before.error();
  const std::string retired = *before + key.proof;
  Query noted(connection, "UPDATE sealing_work SET retired=?1");
  if (auto done = noted.blob(1, retired).run(); !done) return done;
  Query query(connection, "DELETE FROM sealing_key WHERE id=?1");
  return query.integer(1, key.id).run();
}

Result<Work> work(Connection& connection) {
  Query query(connection, "SELECT last_key, reseal, clear, scrub, retired FROM sealing_work");
  const auto row = query.step();
  if (!row) return row.error();
  if (!*row) return damaged("the row of sealing_work is missing");
  Work out;
  out.last_key = query.integer(0);
  out.reseal = query.integer(1) != 0;
  out.clear = query.integer(2) != 0;
  out.scrub = query.integer(3) != 0;
  const std::string retired = query.text(4);
  for (std::size_t at = 0; at < retired.size(); at += SealingKey::proof_octets)
    out.retired.insert(retired.substr(at, SealingKey::proof_octets));
  return out;
}

Result<void> set_resealed(Connection& connection) {
  return Query(connection, "UPDATE sealing_work SET reseal=0, clear=0").run();
}

Result<void> set_scrubbed(Connection& connection) {
  return Query(connection, "UPDATE sealing_work SET scrub=0").run();
}

std::string restore_message(std::int64_t sequence) {
  return "restored behind checkpoint " + std::to_string(sequence);
}

Result<std::int64_t> newest_signed(Connection& connection) {
  Query query(connection, "SELECT coalesce(max(sequence), 0) FROM checkpoint WHERE attest IS NOT NULL");
  const auto row = query.step();
  if (!row) return row.error();
  return query.integer(0);
}

Result<void> set_restored(Connection& connection, const RestoreMark& mark) {
  Query query(connection, "UPDATE sealing_work SET restored=?1, restored_mac=?2");
  return query.integer(1, mark.sequence).blob(2, mark.mac).run();
}

Result<std::optional<RestoreMark>> restored(Connection& connection) {
  Query query(connection, "SELECT restored, restored_mac FROM sealing_work WHERE restored IS NOT NULL");
  const auto row = query.step();
  if (!row) return row.error();
  if (!*row) return std::optional<RestoreMark>();
  return std::optional<RestoreMark>(RestoreMark{query.integer(0), query.text(1)});
}

Result<std::optional<Anchor>> anchor(Connection& connection) {
  Query query(connection, "SELECT anchor, counter_auth FROM tpm_anchor");
  const auto row = query.step();
  if (!row) return row.error();
  if (!*row) return std::optional<Anchor>();
  Anchor out;
  if (const std::string octets = query.text(0); !octets.empty()) {
    auto anchor = decode_anchor(octets);
    if (!anchor) return damaged(anchor.error().detail);
    out.anchor = std::move(*anchor);
  }
  out.counter_auth = query.text(1);
  return std::optional(std::move(out));
}

Result<void> set_anchor(Connection& connection, const Anchor& anchor) {
  Query query(connection, "INSERT OR REPLACE INTO tpm_anchor(one, anchor, counter_auth) VALUES(1, ?1, ?2)");
  const std::string octets = anchor.anchor ? encode_anchor(*anchor.anchor) : std::string();
  return query.blob(1, octets).blob(2, anchor.counter_auth).run();
}

}  // namespace leafgate::sealing_rows
