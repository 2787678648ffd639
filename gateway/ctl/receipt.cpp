// The word of a gateway about a leaf: fetched from it, and checked anywhere.
#include <ostream>

#include "adapters/wire/receipt_file.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/p256.hpp"
#include "gateway/ctl/text_file.hpp"
#include "gateway/ctl/verbs.hpp"
#include "gateway/ctl/whole_file.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::ctl {
namespace {

Result<Bytes> point_of(std::string_view key) {
  if (key.find("-----BEGIN") != std::string_view::npos) return crypto::p256_point_of_pem(key);
  const auto area = crypto::base64::decode(trimmed(key));
  const auto read = area ? parse_signing_key(*area) : Result<SigningKey>(area.error());
  if (!read)
    return Error(Errc::malformed, "the key file holds neither a P-256 key in PEM nor a TPM2B_PUBLIC");
  return read->point;
}

// What it says, for people.
std::string told(const ReceiptProof& proof) {
  const auto entry = Document::parse(proof.entry);
  if (!entry) return {};
  const View view = entry->root();
  std::string out;
  for (const char* name : {"registrationId", "decision", "reason", "at", "clock", "gateway", "assignedHub",
                           "deviceId", "enrollment", "operationId"})
    if (view.has(name)) out += "  " + padded(name, 16) + visible(view.text(name)) + "\n";
  return out;
}

std::string standing(const CheckedReceipt& receipt) {
  const std::string which = "entry " + std::to_string(receipt.proof.sequence);
  switch (receipt.check.reach) {
    case ReceiptReach::open:
      return "a promise, not chained yet: " + which + " is in a batch that is still open";
    case ReceiptReach::chained:
      return "chained, not signed: " + which + " is to be in checkpoint " +
             std::to_string(receipt.proof.place->checkpoint.sequence) +
             ", which no TPM has signed (yet): nothing in this file proves what it says";
    case ReceiptReach::proven:
      break;
  }
  const CounterStatement& said = receipt.check.statement;
  return "proven: " + which + ", signed by this key in epoch " + std::to_string(said.counter) + ", start " +
         std::to_string(said.reset_count) + " of the TPM, " + std::to_string(said.clock / 1000) +
         " s of its clock";
}

}  // namespace

Result<CheckedReceipt> checked_receipt(std::string_view receipt, std::string_view key) {
  auto point = point_of(key);
  if (!point) return point.error();
  auto proof = wire::read_receipt(receipt);
  if (!proof) return proof.error();
  auto check = check_receipt(*proof, *point);
  if (!check) return check.error();
  return CheckedReceipt{std::move(*proof), std::move(*check)};
}

int fetch_receipt(const Session& session, const std::string& id, const std::string& file) {
  const Answered got = ask(session, "/v1/registrations/" + percent_encode(id) + "/receipt");
  if (!got.document) return got.exit;
  if (file.empty()) {
    session.out << got.body;
    return Exit::yes;
  }
  WholeFile out(file, 0644);  // for whoever doubts it
  out.add(got.body);
  out.name();
  if (!out.trouble().empty()) return refuse(session, out.trouble());
  if (session.on_terminal) session.err << "wrote " << visible(file) << "\n";
  if (!got.document->root().has("attest"))
    session.err << "leafgatectl: it is not signed (yet); fetch it again later\n";
  return Exit::yes;
}

int verify_receipt(const Session& session, const std::string& file, const std::string& key_file) {
  const auto receipt = read_text(file);
  if (!receipt) return refuse(session, file + " cannot be read");
  const auto key = read_text(key_file);
  if (!key) return refuse(session, key_file + " cannot be read");
  const auto checked = checked_receipt(*receipt, *key);
  if (!checked) return refuse(session, "not proven: " + checked.error().detail);
  session.out << paragraph(standing(*checked), 0) << told(checked->proof);
  return checked->check.reach == ReceiptReach::proven ? Exit::yes : Exit::unproven;
}

}  // namespace leafgate::ctl
