#pragma once

#include <memory>
#include <string>

#include "adapters/link/conversations.hpp"
#include "adapters/link/known_chains.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/journal.hpp"
#include "gateway/ports/leaf_link.hpp"
#include "gateway/ports/link_vouchers.hpp"
#include "gateway/ports/random.hpp"
#include "gateway/ports/registrar.hpp"

namespace leafgate::link {

struct Ports {
  Registrar& registrar;
  LinkVouchers& vouchers;
  Journal& journal;
  WallClock& clock;
  Random& random;
};

// What came of the leaf link since start.
struct Tally {
  std::uint64_t registers = 0;
  std::uint64_t challenges = 0;
  std::uint64_t proofs = 0;
  std::uint64_t polls = 0;
  std::uint64_t signatures_asked = 0;
  std::uint64_t signatures_given = 0;
  std::uint64_t unanswered = 0;  // challenges without a proof
  std::uint64_t malformed = 0;
};

// The leaf link as a door (adapters/wire/leaf_link.cddl): whole messages of leaves without IP, from serial
// lines and the site's broker, become attempts, and answers become messages. It challenges, binds and
// repeats; whether a proof is good is Registrar's to say. First loop only.
class Endpoint final : public LeafLink {
 public:
  Endpoint(Executor loop, Ports ports, IdScope scope);

  void hear(std::shared_ptr<LeafCarrier> from, Bytes message) override;
  void lost(const LeafCarrier& carrier) override;
  // Until stop(): forgets what nobody continues. Returns when nothing is being answered any more and no leaf
  // is waited for. From then on the Endpoint may go; a signer of it that somebody still holds says that it is
  // over.
  Task<void> run();
  void stop();

  [[nodiscard]] const Tally& tally() const { return tally_; }
  [[nodiscard]] std::size_t open() const { return conversations_.size(); }

 private:
  using Shared = Conversations::Shared;
  static constexpr Seconds come_again{2};  // for a new attempt: nothing of this one counts
  class Signer;

  void on_register(std::shared_ptr<LeafCarrier> from, std::uint32_t exchange, wire::LeafRegister request,
                   Bytes octets);
  void on_proof(const Shared& c, wire::LeafProof proof, const Bytes& octets);
  void on_poll(const Shared& c, const wire::LeafPoll& poll);
  void on_signature(const Shared& c, wire::LeafSigned signature);
  void log_no_room(const LeafCarrier& carrier);
  void begin(Shared c, Task<void> task);
  Task<void> counted(Shared c, Task<void> task);
  Task<void> open_conversation(Shared c);
  Task<void> ask_for_tpm_challenge(Shared c);
  Task<void> admit(Shared c, std::optional<OperationId> operation);
  bool find_chain(const Shared& c);
  void repeat(const Conversation& c);
  static void ask_again(Conversation& c);
  void challenge(Conversation& c, ByteView credential);
  Result<Evidence> evidence_of(const Shared& c, const wire::LeafProof& proof);
  Attempt attempt_of(const Conversation& c) const;
  void tell(const Shared& c, const Answer& answer);
  void tell_end(const Shared& c, const Answer& answer);
  // What the leaf did not cause: 500, and it may come again unless that cannot help.
  void tell_fault(const Shared& c, std::string step, std::string detail, Seconds retry_after);
  [[nodiscard]] std::string resource_of(const RegistrationId& id) const;
  void tell_error(const Shared& c, int error_code, std::string_view why, Seconds retry_after);
  static void tell_status(LeafCarrier& carrier, std::uint32_t exchange, std::string_view operation,
                          Seconds retry_after);
  Bytes vouched(const Conversation& c, const wire::GatewayMessage& message) const;
  void note(const LeafCarrier& carrier, Reason reason, std::string step, std::string detail,
            std::string claimed_id);
  Task<Result<Bytes>> ask_for_signature(Shared c, SignRequest request, TimePoint deadline);
  Task<Result<Bytes>> signature_of(Shared c, SignRequest request, TimePoint deadline);

  Executor loop_;
  Ports ports_;
  IdScope scope_;
  Conversations conversations_;
  KnownChains chains_;
  Tally tally_;
  TimePoint no_room_again_{};  // when it may be logged next
  Wakeup stopped_;
  std::size_t running_ = 0;
  bool stopping_ = false;
};

}  // namespace leafgate::link
