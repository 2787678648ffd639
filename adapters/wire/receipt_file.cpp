#include "adapters/wire/receipt_file.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/wire/json_text.hpp"
#include "gateway/crypto/base64.hpp"

namespace leafgate::wire {
namespace {

namespace base64 = crypto::base64;

constexpr std::size_t longest_path = 64;

// What is missing or of another kind makes the whole unreadable.
class Reading {
 public:
  explicit Reading(const std::vector<json::Member>& members) : members_(members) {}

  std::string_view value(std::string_view name) {
    const auto found = json::find(members_, name);
    if (!found) good_ = false;
    return found.value_or("null");
  }
  template <class Number>
  Number number(std::string_view name) {
    const std::string_view text = value(name);
    Number out{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (failure != std::errc() || end != text.data() + text.size()) good_ = false;
    return out;
  }
  Bytes octets(std::string_view name) { return octets_of(value(name)); }
  Hash hash(std::string_view name) { return hash_of(value(name)); }
  std::vector<Hash> hashes(std::string_view name) {
    std::vector<Hash> out;
    const auto elements = json::elements(value(name));
    if (!elements || elements->size() > longest_path) good_ = false;
    if (!good_) return out;
    for (const std::string_view element : *elements) out.push_back(hash_of(element));
    return out;
  }
  [[nodiscard]] bool has(std::string_view name) const { return json::find(members_, name).has_value(); }
  [[nodiscard]] bool good() const { return good_; }

 private:
  Bytes octets_of(std::string_view text) {
    const auto inner = json::text_of(text);
    auto octets = inner ? base64::decode(*inner) : Result<Bytes>(inner.error());
    if (octets) return std::move(*octets);
    good_ = false;
    return {};
  }
  Hash hash_of(std::string_view text) {
    Hash out{};
    const Bytes octets = octets_of(text);
    if (octets.size() != out.size()) good_ = false;
    if (good_) std::copy(octets.begin(), octets.end(), out.begin());
    return out;
  }
  const std::vector<json::Member>& members_;
  bool good_ = true;
};

std::string path_text(const std::vector<Hash>& path) {
  std::string out = "[";
  for (const Hash& step : path) out += (out.size() > 1 ? "," : "") + json::quoted(base64::encode(step));
  return out + ']';
}

}  // namespace

std::string write_receipt(const ReceiptProof& proof) {
  json::ObjectWriter out;
  out.number("v", 1).raw("entry", proof.entry);
  if (proof.place) {
    const Checkpoint& checkpoint = proof.place->checkpoint;
    out.number("index", proof.place->index).number("count", checkpoint.count);
    out.raw("path", path_text(proof.place->path));
    out.number("checkpoint", checkpoint.sequence).text("previous", base64::encode(checkpoint.previous));
    if (checkpoint.statement) {
      out.raw("epoch", std::to_string(checkpoint.epoch));
      out.text("attest", base64::encode(checkpoint.statement->attest));
      out.text("signature", base64::encode(checkpoint.statement->signature));
      out.text("signer", base64::encode(checkpoint.statement->signer));
    }
  }
  return out.str() + '\n';
}

Result<ReceiptProof> read_receipt(std::string_view text) {
  json::Bounds bounds;
  bounds.octets = largest_receipt;
  bounds.depth = 4;
  const auto document = json::checked(text, bounds);
  if (!document) return document.error();
  const auto members = json::members(*document);
  if (!members) return members.error();
  Reading in(*members);
  ReceiptProof out;
  out.entry = in.value("entry");
  const auto inside = json::members(out.entry);
  if (!inside) return Error(Errc::malformed, "this is no receipt");
  Reading entry(*inside);
  out.sequence = entry.number<std::int64_t>("sequence");
  if (in.has("index")) {
    ReceiptProof::Place& place = out.place.emplace();
    Checkpoint& checkpoint = place.checkpoint;
    place.index = in.number<std::int64_t>("index");
    checkpoint.count = in.number<std::int64_t>("count");
    place.path = in.hashes("path");
    checkpoint.sequence = in.number<std::int64_t>("checkpoint");
    checkpoint.previous = in.hash("previous");
    if (in.has("attest")) {
      checkpoint.epoch = in.number<std::uint64_t>("epoch");
      CheckpointStatement& statement = checkpoint.statement.emplace();
      statement.attest = in.octets("attest");
      statement.signature = in.octets("signature");
      statement.signer = in.octets("signer");
    }
  }
  if (!in.good() || !entry.good() || write_receipt(out) != text)
    return Error(Errc::malformed, "this is no receipt, or it was changed");
  return out;
}

}  // namespace leafgate::wire
