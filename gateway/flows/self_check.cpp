#include "gateway/flows/self_check.hpp"

#include <algorithm>
#include <array>

#include "gateway/attestation/sas_token.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/flows/self_findings.hpp"

namespace leafgate {
namespace {

constexpr std::size_t most_visits = 32;
constexpr std::chrono::minutes token_life{5};

void add(std::vector<Finding>& into, std::vector<Finding> more) {
  for (Finding& finding : more) into.push_back(std::move(finding));
}

}  // namespace

SelfCheck::SelfCheck(Executor first_loop, Ports ports, Facts facts)
    : first_loop_(first_loop), ports_(ports), facts_(std::move(facts)) {}

Task<Result<std::vector<Finding>>> SelfCheck::check() {
  auto here = check_here();
  co_return co_await run_on(first_loop_, std::move(here));
}

void SelfCheck::stop() {
  stopping_ = true;
  ports_.listeners.stop();
}

Task<Result<std::vector<Finding>>> SelfCheck::check_here() {
  if (stopping_) co_return Error(Errc::stopped, "stopping");
  if (running_) co_return Error(Errc::throttled, "a check runs already");
  running_ = true;
  std::vector<Finding> out;
  const StatusReport status = co_await ports_.desk.status();
  timed_ = status.clock != to_text(ClockQuality::unsynced);
  co_await look_at_itself(out, status);
  if (!stopping_) co_await look_at_service(out);
  co_await visit_listeners(out, status.listening);
  if (ports_.lines != nullptr) {
    const LineReport lines = co_await ports_.lines->line_report();
    add(out, self_findings::of_lines(lines));
  }
  add(out, self_findings::of_degraded(status.degraded));
  running_ = false;
  co_return out;
}

Task<void> SelfCheck::look_at_itself(std::vector<Finding>& into, const StatusReport& status) {
  const auto mistakes = co_await facts_.configuration();
  into.push_back(self_findings::of_configuration(mistakes));
  const auto certificates = facts_.certificates();
  const auto is_main = [](const ShownCertificate& shown) { return shown.server_name.empty(); };
  if (std::none_of(certificates.begin(), certificates.end(), is_main))
    into.push_back(self_findings::of_no_certificate());
  for (const ShownCertificate& shown : certificates)
    into.push_back(self_findings::of_certificate(shown, timed_));
  if (facts_.broker_certificate)
    if (const auto shown = facts_.broker_certificate())
      into.push_back(self_findings::of_broker_certificate(*shown, timed_));
  into.push_back(self_findings::of_clock(status.clock));
  if (ports_.tpm != nullptr) {
    const TpmReport tpm = co_await ports_.tpm->tpm_status();
    into.push_back(self_findings::of_tpm(tpm));
    into.push_back(self_findings::of_secrets(status.secrets, &tpm));
  } else {
    into.push_back(self_findings::of_secrets(status.secrets, nullptr));
  }
  const auto disk = co_await facts_.disk();
  into.push_back(self_findings::of_disk(disk));
}

Task<void> SelfCheck::look_at_service(std::vector<Finding>& into) {
  const auto visit = co_await ports_.service.visit();
  add(into, self_findings::of_service(facts_.service, visit, timed_));
  if (!visit && facts_.unreached) facts_.unreached();
  if (!visit || stopping_) co_return;  // the credential goes the same way
  const auto tried = co_await ports_.service.try_api();
  into.push_back(self_findings::of_service_api(tried));
}

SyntheticLeaf SelfCheck::make_leaf() {
  std::array<std::uint8_t, 8> name{};
  ports_.random.fill(name);
  crypto::Secret key(std::size_t{32});
  ports_.random.fill(key.writable());
  SyntheticLeaf leaf;
  leaf.scope = facts_.id_scope;
  leaf.registration_id = "leafgate-check-" + crypto::hex(name);
  RegistrationId id = RegistrationId::parse(leaf.registration_id).value();
  leaf.token =
      mint_sas_token(IdScope::parse(leaf.scope).value(), id, key.view(), ports_.clock.now().at + token_life);
  ports_.synthetic.announce(std::move(id), std::move(key));
  return leaf;
}

// One after another: they are to be measured, not to be a storm. What would be dialled where this machine has
// no such address would go out into the network.
Task<void> SelfCheck::visit_listeners(std::vector<Finding>& into, const std::vector<std::string>& listening) {
  std::vector<std::string> here;
  for (const std::string& place : listening) {
    if (facts_.has_address(self_findings::address_in(place)))
      here.push_back(place);
    else
      into.push_back(self_findings::of_address_not_here(place));
  }
  auto places = self_findings::listeners_of(here, facts_.certificates());
  if (places.size() > most_visits) places.resize(most_visits);
  for (VisitedListener& place : places) {
    if (stopping_) break;
    place.dates_count = timed_;
    SyntheticLeaf leaf = make_leaf();
    auto visit = co_await ports_.listeners.visit(place, std::move(leaf));
    // Somebody answered in our words, and it was not this daemon.
    if (visit && ports_.synthetic.answered() == 0)
      visit = Error(Errc::conflict, "another program answers there");
    into.push_back(self_findings::of_listener(place, visit));
  }
  ports_.synthetic.withdraw();
}

}  // namespace leafgate
