// Leaves that wait for an operator, and what he says of them.
#include <algorithm>
#include <map>
#include <set>

#include "gateway/flows/deny_desk.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

std::string name_in(const std::string& reference) {
  const std::size_t blank = reference.find(' ');
  return blank == std::string::npos ? reference : reference.substr(blank + 1);
}

// The change that DPS needs as well, as its own tool takes it (az iot dps, extension azure-iot).
std::string command_for(const HeldLeaf& leaf) {
  const bool is_group = leaf.enrollment_id.starts_with("group ");
  std::string out = is_group ? "az iot dps enrollment-group update" : "az iot dps enrollment update";
  out += " --dps-name NAME -g RESOURCE-GROUP --enrollment-id ";
  out += leaf.enrollment_id.empty() ? leaf.registration_id : name_in(leaf.enrollment_id);
  switch (leaf.mechanism) {
    case Mechanism::tpm:
      return out + " --endorsement-key " + leaf.endorsement_key;
    case Mechanism::x509:
      return out + " --certificate-path " + (is_group ? "CA.pem" : leaf.registration_id + ".pem");
    default:
      return out + " --primary-key KEY";
  }
}

// What is to be accepted of what a leaf shows; none: it may only go to the service.
Result<std::optional<HeldLeaf>> chosen(const std::vector<HeldLeaf>& shown, const std::string& credential) {
  std::set<std::string> different;
  for (const HeldLeaf& leaf : shown) different.insert(leaf.fingerprint);
  for (const HeldLeaf& leaf : shown)
    if (leaf.fingerprint == credential && !credential.empty()) return std::optional<HeldLeaf>(leaf);
  if (!credential.empty()) return Error(Errc::not_found, "nothing that is held for this id shows that");
  if (shown.empty()) return std::optional<HeldLeaf>();
  if (different.size() == 1) return std::optional<HeldLeaf>(shown.front());
  std::string which;
  for (const std::string& one : different)
    which += (which.empty() ? "" : ", ") + (one.empty() ? "(none)" : one);
  return Error(Errc::conflict, "it shows several things: " + which + "; say which one by --credential");
}

bool is_swap(const std::optional<HeldLeaf>& leaf) {
  return leaf && leaf->reason == Reason::credential_swapped;
}

// What is remembered is one place of the two, which a leaf that comes from there has for its own: the other
// is then where the same id is held as well.
void name_the_other_places(std::vector<HeldLeaf>& leaves) {
  std::multimap<std::string, std::string> places;
  for (const HeldLeaf& leaf : leaves) places.emplace(ascii_lower(leaf.registration_id), leaf.source);
  for (HeldLeaf& leaf : leaves) {
    if (leaf.other_place.empty() || leaf.other_place != leaf.source) continue;
    const auto [first, last] = places.equal_range(ascii_lower(leaf.registration_id));
    const auto other =
        std::find_if(first, last, [&leaf](const auto& place) { return place.second != leaf.source; });
    leaf.other_place = other == last ? std::string() : other->second;
  }
}

// By what commands or lists one is let in again that an entry keeps out; none: it keeps nobody out.
void add_what_lifts(std::vector<std::string>& into, const Denied& denied, DenyKind kind,
                    const std::string& value) {
  if (!denied.denies(kind, value)) return;
  std::string named = " ";
  if (kind == DenyKind::certificate) named = " --certificate ";
  if (kind == DenyKind::endorsement_key) named = " --endorsement-key ";
  if (denied.holds_local(kind, value)) into.push_back("leafgatectl deny remove" + named + value);
  if (denied.lists(kind, value))
    into.push_back("a signed list of a higher number without " + std::string(to_text(kind)) + " " + value);
}

// Of all that is known of a leaf to be denied by; CAs above its certificate are not.
std::vector<std::string> what_lifts(const Denied& denied, const std::string& id,
                                    const std::set<std::string>& credentials) {
  std::vector<std::string> out;
  add_what_lifts(out, denied, DenyKind::registration_id, id);
  for (const std::string& credential : credentials)
    for (const DenyKind kind : {DenyKind::endorsement_key, DenyKind::certificate})
      add_what_lifts(out, denied, kind, credential);
  return out;
}

std::vector<std::string> to_do_after(const std::optional<HeldLeaf>& leaf, bool is_contested) {
  if (is_swap(leaf))
    return {"DPS must take the new one too, or it refuses the leaf:", command_for(*leaf),
            "and reject or deny the one it replaces, if that may still be used"};
  if (is_contested)
    return {
        "make sure that only the right one is left: the other one still has its key; "
        "give the right one a new key and enroll that with DPS and here"};
  return {
      "the service decides about it; while the service is away it needs an enrollment here: "
      "leafgatectl enroll import FILE"};
}

}  // namespace

Task<std::vector<HeldLeaf>> DenyDesk::held() {
  auto here = held_here();
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<Approval>> DenyDesk::approve(RegistrationId id, std::string credential, Actor who) {
  auto here = approve_here(std::move(id), std::move(credential), std::move(who));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<void>> DenyDesk::reject(RegistrationId id, Actor who) {
  auto here = reject_here(std::move(id), std::move(who));
  co_return co_await run_on(first_loop_, std::move(here));
}

// Of those in two places also who has not come since the start.
Task<std::vector<HeldLeaf>> DenyDesk::held_here() {
  std::vector<HeldLeaf> out = ports_.gate.held.all(LoopClock::now());
  std::set<std::string> listed;
  for (const HeldLeaf& leaf : out) listed.insert(ascii_lower(leaf.registration_id));
  for (const auto& [id, contest] : ports_.gate.denied.contests()) {
    if (listed.contains(id) || out.size() >= HeldLeaves::most) continue;
    HeldLeaf leaf;
    leaf.registration_id = id;
    leaf.reason = Reason::two_places_at_once;
    leaf.source = leaf.other_place = contest.other_place;
    leaf.since = leaf.last = contest.since;
    out.push_back(std::move(leaf));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const HeldLeaf& a, const HeldLeaf& b) { return a.since < b.since; });
  name_the_other_places(out);
  co_return out;
}

Task<Result<Approval>> DenyDesk::approve_here(RegistrationId id, std::string credential, Actor who) {
  const std::vector<HeldLeaf> shown = ports_.gate.held.of(id.key());
  auto leaf = chosen(shown, ascii_lower(credential));
  if (!leaf) co_return leaf.error();
  Approval out;
  if (is_swap(*leaf)) out.credential = (*leaf)->fingerprint;
  const bool is_contested = ports_.gate.contested(id.key()) != nullptr;
  out.to_do = to_do_after(*leaf, is_contested);
  const auto enrolled = co_await ports_.ledger.individual(id.key());
  const bool is_judged_here = enrolled && *enrolled;  // and needs nobody else's word then
  if (!*leaf && !is_contested && is_judged_here) out.to_do.clear();
  OperatorWord word;
  word.id = id.key();
  word.approved = true;
  word.credential = out.credential;
  // What was accepted before stays so beside a word that names nothing.
  const OperatorWord* before = ports_.gate.word(word.id);
  if (word.credential.empty() && before != nullptr) word.credential = before->accepts();
  auto change = write(std::move(word));
  auto done = co_await ports_.audited.carry(std::move(who), "approve", id.text(), std::move(change));
  if (!done) co_return done.error();
  ports_.gate.settle(id.key());
  ports_.forwarder.go_on_after(Reason::two_places_at_once);
  std::set<std::string> credentials;
  if (*leaf) credentials.insert((*leaf)->fingerprint);
  const auto record = co_await ports_.ledger.record(id);
  if (record && (*record)->registration.assignment)
    credentials.insert((*record)->registration.assignment->credential);
  out.lifts = what_lifts(ports_.gate.denied, id.key(), credentials);
  co_return out;
}

// Of a leaf that shows another credential than before, that one is rejected and not the leaf.
Task<Result<void>> DenyDesk::reject_here(RegistrationId id, Actor who) {
  const std::vector<HeldLeaf> shown = ports_.gate.held.of(id.key());
  OperatorWord word;
  word.id = id.key();
  bool all_swaps = !shown.empty();
  for (const HeldLeaf& leaf : shown)
    all_swaps = all_swaps && leaf.reason == Reason::credential_swapped &&
                leaf.fingerprint == shown.front().fingerprint;
  if (all_swaps) word.credential = shown.front().fingerprint;
  const OperatorWord* before = ports_.gate.word(word.id);
  if (all_swaps && before != nullptr) word.accepted = before->accepts();
  auto change = write(word);
  auto done = co_await ports_.audited.carry(std::move(who), "reject", id.text(), std::move(change));
  if (!done) co_return done;
  ports_.gate.settle(id.key());
  co_await end_rejected(std::move(word));
  co_return done;
}

// As for one that is denied: what is open of it ends now.
Task<void> DenyDesk::end_rejected(OperatorWord word) {
  const auto is_rejected = [&word](const Shown& shown) {
    const bool shows_it = word.credential.empty() || shown.endorsement_key == word.credential ||
                          (shown.chain && shown.chain->leaf().sha256() == word.credential);
    return shown.id == word.id && shows_it;
  };
  (void)ports_.gate.connections.end_those(is_rejected);
  ports_.admission.end_denied_relays(is_rejected);
  if (ports_.passes != nullptr)
    (void)ports_.passes->revoke([&word](const Marks& marks) { return are_rejected(word, marks); });
  const OpenOperation* open = ports_.forwarder.operations().find(word.id);
  if (open == nullptr) co_return;
  const bool waits = ports_.gate.denied.bar(word.id, open->row.credential) != Reason::none;
  if (!waits) co_return;
  RegistrationId id = open->row.id;
  (void)co_await ports_.forwarder.refuse_denied(std::move(id));
}

Task<void> DenyDesk::look_at(std::shared_ptr<Presence> connection, std::string address,
                             crypto::Certificate certificate) {
  const std::span<const EnrolledAuthority> above = co_await authorities();
  Traveller who{certificate.common_name().value_or(""), {}};
  Shown shown;
  shown.id = ascii_lower(who.claimed_id);
  auto chain = std::make_shared<crypto::CertificateChain>();
  chain->certificates.push_back(std::move(certificate));
  shown.chain = std::move(chain);
  who.marks = marks_of(shown, above);
  const OperatorWord* word = ports_.gate.word(shown.id);
  const bool rejected = word != nullptr && are_rejected(*word, who.marks);
  if (!rejected && !are_denied(ports_.gate.denied, who.marks)) {
    if (ports_.passes != nullptr) ports_.passes->recognise(connection, address, std::move(who));
    co_return;
  }
  connection->take_over();
  log::notice("a connection to the service was ended: its leaf is kept out",
              {{"registration_id", who.claimed_id}, {"peer", address}, {"others_of_that_address", 0}});
}

Task<Result<void>> DenyDesk::write(OperatorWord word) {
  if (ports_.gate.word(word.id) == nullptr && ports_.gate.words() >= Gatekeeper::most_words)
    co_return Error(Errc::too_large, "operators have said all that can be kept of single leaves");
  word.at = ports_.clock.now().at;
  auto stored = co_await ports_.store.put_word(word);
  if (!stored) co_return stored.error();
  ports_.gate.held.forget(word.id);
  ports_.gate.put_word(std::move(word));
  co_return Result<void>();
}

}  // namespace leafgate
