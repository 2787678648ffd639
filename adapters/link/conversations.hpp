#pragma once

#include <array>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "adapters/wire/leaf_cbor.hpp"
#include "gateway/ports/leaf_link.hpp"
#include "gateway/ports/link_vouchers.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::link {

// What a delegated signature waits for.
struct Signing {
  explicit Signing(const Executor& loop) : answered(loop) {}
  bool asked = false;  // once in a conversation
  bool open = false;   // the leaf has the question
  bool over = false;   // its conversation is: no answer can come any more
  Bytes question;      // while it is open: a leaf that did not hear it gets it again
  TimePoint said_at{};
  std::optional<Bytes> signature;
  Wakeup answered;
};

// One attempt of one leaf to register: from its register message to the end that it hears.
struct Conversation {
  enum class Step {
    beginning,   // its register message is being looked at
    challenged,  // its proof is awaited
    judged,      // its proof came: it is being answered, or polls
  };

  Conversation(const Executor& loop, std::shared_ptr<LeafCarrier> from, RegistrationId leaf,
               std::uint32_t number)
      : carrier(std::move(from)), id(std::move(leaf)), exchange(number), signing(loop) {}

  std::shared_ptr<LeafCarrier> carrier;
  RegistrationId id;
  std::uint32_t exchange;
  wire::LeafRegister request;  // its payload and chain are moved on once it is proven
  Bytes octets;                // of register, then of register, challenge and proof
  Bytes nonce;                 // ours; empty before the challenge
  crypto::Digest messages{};   // SHA-256 of `octets`
  Bytes challenge;             // as it was sent: a register that is repeated gets it again
  std::string token_resource;  // of a TPM
  std::int64_t token_expiry = 0;
  Step step = Step::beginning;
  std::shared_ptr<const LinkVoucher> voucher;
  Evidence evidence;
  std::shared_ptr<LeafSigner> signer;  // of a certificate
  std::optional<OperationId> operation;
  bool busy = false;  // something of it is being answered
  TimePoint last_heard{};
  TimePoint challenged_at{};
  bool excused = false;  // its leaf has proved itself in another attempt since
  Signing signing;
};

// Those under way, bounded: 1,024 of serial lines, as many of the broker, where whoever may write on any
// topic could take all of them, and four of a carrier, whatever ids it names. A register message never
// displaces a challenge that waits for its proof; when there is no room, the oldest that is over, or has been
// silent, goes. Bounds and lookups are by carrier, so that nobody speaks in another's conversation, and
// nobody keeps an id out that answers elsewhere. First loop only.
class Conversations {
 public:
  using Shared = std::shared_ptr<Conversation>;

  static constexpr std::size_t most = 1'024;
  static constexpr std::size_t most_of_a_carrier = 4;
  static constexpr std::chrono::seconds proof_within{60};
  static constexpr std::chrono::minutes silent{10};  // that neither polls nor is answered

  // By the newest message's carrier and exchange number. Null: none.
  [[nodiscard]] Shared find(const LeafCarrier& carrier, std::uint32_t exchange) const;
  // False: there is no room.
  [[nodiscard]] bool add(const Shared& conversation, TimePoint now);
  void end(Shared conversation);
  // This leaf has proved itself: what else waits for its proof says nothing against it.
  void proved(const RegistrationId& id);
  // Those of which nothing is expected any more are taken out. Each challenge that a leaf heard and did not
  // answer is told, but for those of a leaf that proved itself meanwhile: it only began anew.
  template <class Unanswered>
  void sweep(TimePoint now, Unanswered unanswered);
  void lost(const LeafCarrier& carrier);

  [[nodiscard]] std::size_t size() const { return all_.size(); }
  [[nodiscard]] auto begin() const { return all_.begin(); }
  [[nodiscard]] auto end() const { return all_.end(); }

 private:
  [[nodiscard]] static bool is_over(const Conversation& c, TimePoint now);
  template <class IsOne, class MayGo>
  bool make_room(std::size_t limit, IsOne is_one, MayGo may_go);

  std::list<Shared> all_;  // oldest first
};

inline Conversations::Shared Conversations::find(const LeafCarrier& carrier, std::uint32_t exchange) const {
  for (const Shared& c : all_)
    if (c->carrier.get() == &carrier && c->exchange == exchange) return c;
  return nullptr;
}

template <class Unanswered>
void Conversations::sweep(TimePoint now, Unanswered unanswered) {
  for (auto at = all_.begin(); at != all_.end();) {
    const Shared c = *at;
    if (!is_over(*c, now)) {
      ++at;
      continue;
    }
    at = all_.erase(at);
    const bool is_open = c->step == Conversation::Step::challenged && !c->excused;
    if (is_open && c->carrier->is_there()) unanswered(*c);
  }
}

}  // namespace leafgate::link
