#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/flows/deny_desk.hpp"
#include "gateway/flows/events.hpp"
#include "tests/fakes/document_keys.hpp"
#include "tests/fakes/fake_audit_log.hpp"
#include "tests/fakes/fake_denials.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate {

// A connection that counts how often it was ended.
struct CountedPresence final : Presence {
  int ended = 0;
  void end() override { ++ended; }
};

// A desk for deny lists and held leaves beside the flows of a site. Its disk outlives a restart.
struct DenyDeskAt {
  explicit DenyDeskAt(Site& of) : site(of) { open(); }

  Site& site;
  FakeDenials denials;
  FakeAuditLog audit_log;
  Events events;
  int numbers = 0;  // lists that were taken
  std::optional<crypto::DocumentVerifier> signer =
      crypto::DocumentVerifier::from_pem(example::ec_public).value();
  std::unique_ptr<DenyDesk> desk;

  void open() {
    Site::Running& running = *site.running;
    DenyDesk::Ports ports{
        denials,           running.gatekeeper, running.ledger, running.forwarder,
        running.admission, &running.passes,    site.clock,     Audited(audit_log, site.clock, events)};
    desk =
        std::make_unique<DenyDesk>(site.simulator.executor(), std::move(ports), site.policy.id_scope, signer);
    desk->on_number([this] { ++numbers; });
    if (!run(desk->load())) throw std::logic_error("load failed");
  }
  void restart() {
    desk.reset();
    site.restart();
    open();
  }

  // Takes no longer than the task does.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> given;
    const auto keep = [](Task<T> inner, std::optional<T>& into) -> Task<void> {
      into.emplace(co_await std::move(inner));
    };
    site.simulator.spawn(keep(std::move(task), given));
    site.simulator.run_for(Millis(0));
    while (!given) site.simulator.run_for(Millis(1));
    return std::move(*given);
  }

  static Actor anna() { return Actor{1000, 4711, "anna", "it was stolen"}; }
  static Denial entry(DenyKind kind, const std::string& value) { return make_denial(kind, value).value(); }
  Result<DenyEffect> deny(const Denial& what) { return run(desk->deny(what, anna())); }
  Result<DenyEffect> deny(const std::string& id) { return deny(entry(DenyKind::registration_id, id)); }
  Result<DenyEffect> lift(const Denial& what) { return run(desk->lift(what.kind, what.value, anna())); }
  static SignedDenyList list(std::int64_t number, std::vector<Denial> entries,
                             const char* key = example::ec_private, const std::string& scope = Site::scope) {
    SignedDenyList out;
    out.list.id_scope = scope;
    out.list.number = number;
    out.list.entries = std::move(entries);
    out.payload = "list " + std::to_string(number) + " of " + std::to_string(out.list.entries.size());
    const auto by = crypto::DocumentSigner::from_pem(key).value();
    out.algorithm = by.algorithm();
    out.signature = by.sign(as_bytes(out.payload)).value();
    return out;
  }
  Result<DenyEffect> import(SignedDenyList what) {
    return run(desk->import_denials(std::move(what), anna()));
  }
  std::vector<HeldLeaf> held() { return run(desk->held()); }
  Result<Approval> approve(const std::string& id, const std::string& credential = {}) {
    return run(desk->approve(RegistrationId::parse(id).value(), credential, anna()));
  }
  Result<void> reject(const std::string& id) {
    return run(desk->reject(RegistrationId::parse(id).value(), anna()));
  }
  std::string last_audit() {
    const AuditPage page = run(audit_log.list(WallTime{}, 0, 1000)).value();
    if (page.entries.empty()) return "none";
    const AuditEntry& entry = page.entries.back();
    return entry.what + " " + entry.object + ": " + entry.outcome;
  }
};

}  // namespace leafgate
