#include "tests/standin/device_api.hpp"

#include "tests/standin/answers.hpp"
#include "tests/standin/device_call.hpp"
#include "tests/standin/faulty_answers.hpp"
#include "tests/standin/paths.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

constexpr std::size_t largest_message = 96 * 1024;  // sheet §6

// Only a device with a TPM comes so far without an enrollment (sheet §2.5).
Outcome outcome_of(const Enrollment* enrollment, const std::optional<Action>& fault) {
  if (enrollment == nullptr) return {Outcome::Kind::failed, 404201, "Enrollment not found"};
  if (!enrollment->enabled) return {Outcome::Kind::disabled, 0, {}};
  if (!fault) return {};
  if (fault->never_end) return {Outcome::Kind::never, 0, {}};
  if (fault->disabled) return {Outcome::Kind::disabled, 0, {}};
  if (fault->failed) return {Outcome::Kind::failed, fault->failed->first, fault->failed->second};
  return {};
}

}  // namespace

Response DeviceApi::error(const Call& call, int status, int code, std::string_view message) const {
  return error_answer(status, code, message, call.request_id, instance_.now());
}

Response DeviceApi::handle(const Request& request) {
  Call call;
  call.request_id = random_guid();
  ++counters_.transports[request.transport];
  Response response = route(request, call);
  response.chunked = instance_.settings.chunked;
  if (call.fault) spoil(*call.fault, response);
  ++counters_.answers[response.status];
  if (instance_.log) {
    instance_.log(json{{"at", service_date(instance_.now())},
                       {"op", call.operation_word},
                       {"id", call.id},
                       {"status", response.status},
                       {"sr", call.sr},
                       {"fault", call.fault.has_value()},
                       {"ending", static_cast<int>(response.ending)}}
                      .dump(-1, ' ', false, json::error_handler_t::replace));
  }
  return response;
}

Response DeviceApi::route(const Request& request, Call& call) {
  const std::vector<std::string> path = path_of(request.target);
  if (path.size() < 3 || path[1] != "registrations") {
    ++counters_.others;
    return error(call, path.size() == 2 ? 405 : 404, path.size() == 2 ? 405000 : 404000, "Not found");
  }
  call.scope = path[0];
  call.id = path[2];
  if (path.size() == 4 && path[3] == "register" && request.method == "PUT") {
    call.operation_word = "register";
    return register_device(request, call);
  }
  if (path.size() == 5 && path[3] == "operations" && request.method == "GET") {
    call.operation_word = "poll";
    call.operation = path[4];
    return poll(request, call);
  }
  if (path.size() == 3 && request.method == "POST") {
    call.operation_word = "lookup";
    return lookup(request, call);
  }
  ++counters_.others;
  return error(call, 405, 405000, "Method not allowed");
}

std::optional<Response> DeviceApi::before_answer(Call& call) {
  const Faults::Op op = call.operation_word == "poll" ? Faults::Op::poll : Faults::Op::registration;
  call.fault = instance_.faults.take(op, call.id);
  if (!call.fault) return std::nullopt;
  ++counters_.faults;
  return scripted_answer(*call.fault, call.request_id, instance_.now());
}

std::optional<Response> DeviceApi::refusal(const Request& request, Call& call,
                                           const Enrollment*& enrollment) {
  // No sample of the real answer to a foreign scope was found; the documents say 404 for "no such instance".
  if (lower(call.scope) != lower(instance_.settings.id_scope))
    return error(call, 404, 404002, "ID scope not found");
  if (!registration_id_valid(call.id)) return error(call, 400, 400004, "Invalid registration id");
  if (request.header("authorization").empty() && !request.shown.empty()) {
    const Proof proof = instance_.enrollments.prove(call.id, request.shown, instance_.now());
    if (!std::holds_alternative<Proven>(proof)) return error(call, 401, 401002, "Invalid certificate.");
    enrollment = std::get<Proven>(proof).enrollment;
    return std::nullopt;
  }
  if (request.header("authorization").empty()) {
    if (auto challenged = challenge(request, call)) return challenged;
  }
  const auto token = parse_sas(request.header("authorization"));
  if (!token) return error(call, 401, 401000, "Unauthorized");
  call.sr = sr_style(*token, instance_.settings.id_scope);
  const bool resource_fits =
      lower(token->resource) == lower(instance_.settings.id_scope + "/registrations/" + call.id);
  const bool alive = WallTime(std::chrono::seconds(token->expires)) > instance_.now();
  const bool name_fits = token->skn.empty() || token->skn == "registration";
  if (!resource_fits || !alive || !name_fits) return error(call, 401, 401000, "Unauthorized");
  const auto round = round_of(call);
  if (round && signed_by(*token, {base64_encode(round->key)})) {
    call.round = round;
    if (call.operation_word == "register") instance_.registrations.touch(call.id).tpm.open.reset();
    return tpm_refusal(request, call, enrollment);
  }
  const Proof proof = instance_.enrollments.prove(call.id, *token);
  if (const auto* proven = std::get_if<Proven>(&proof)) {
    enrollment = proven->enrollment;
    return std::nullopt;
  }
  if (std::get<NotProven>(proof) == NotProven::unknown_id && !round) {
    return error(call, 404, 404201, "Enrollment not found");
  }
  return error(call, 401, 401000, "Unauthorized");
}

void DeviceApi::note_credential(const Request& request, const Call& call) {
  Registration& registration = instance_.registrations.touch(call.id);
  const auto token = parse_sas(request.header("authorization"));
  ++registration.puts;
  registration.last_transport = request.transport;
  registration.last_sr = token ? sr_style(*token, instance_.settings.id_scope) : std::string();
  registration.last_certificate = request.shown.empty() ? std::string() : thumbprint(*request.shown.front());
  registration.last_tls = request.tls;
}

void DeviceApi::in_progress(const Request& request, const Call& call, Response& response) const {
  // Location is the register URL, not the operation's (sheet §2.1).
  response.headers.emplace_back("Location", "https://" + request.header("host") + "/" + call.scope +
                                                "/registrations/" + call.id + "/register");
  if (instance_.settings.retry_after > 0) {
    response.headers.emplace_back("Retry-After", std::to_string(instance_.settings.retry_after));
  }
}

Response DeviceApi::register_device(const Request& request, Call& call) {
  ++counters_.registers;
  note_credential(request, call);
  if (const auto wait = quota_.offer(std::chrono::steady_clock::now())) {
    Response response = error(call, 429, 429001, "Operations are being throttled for this tenant.");
    response.headers.emplace_back("Retry-After", std::to_string(*wait));
    return response;
  }
  if (auto scripted = before_answer(call)) return *scripted;
  const Enrollment* enrollment = nullptr;
  if (auto refused = refusal(request, call, enrollment)) return *refused;
  if (request.body.size() > largest_message) return error(call, 413, 413000, "Message too large");
  const json body = request.body.empty() ? json::object() : json::parse(request.body, nullptr, false);
  if (!body.is_object()) return error(call, 400, 400003, "Invalid request body");
  const json named = body.value("registrationId", json(call.id));
  if (!named.is_string() || lower(named.get<std::string>()) != lower(call.id)) {
    return error(call, 400, 400003, "registrationId differs from the path");
  }
  Registration& registration = instance_.registrations.touch(call.id);
  Operation operation;
  operation.registration_id = call.id;
  operation.polls_left = instance_.settings.polls;
  operation.outcome = outcome_of(enrollment, call.fault);
  operation.group_id = enrollment != nullptr && enrollment->group ? enrollment->id : std::string();
  operation.extra = enrollment == nullptr ? json::object() : enrollment->extra;
  operation.tpm = registration.tpm.accepted = call.round;
  if (operation.outcome.kind == Outcome::Kind::assigned) {
    instance_.registrations.allocate(registration, *enrollment);
    if (call.fault && !call.fault->hub.empty())
      instance_.registrations.move(registration, call.fault->hub, instance_.now());
    if (call.round)
      operation.extra["tpm"] = {
          {"authenticationKey",
           registration.tpm.roll_hub_key(*call.round, registration.assigned.hub + "/devices/" + call.id)}};
  }
  Response response = accepted_answer(
      instance_.registrations.open(registration, std::move(operation), instance_.now()), call.request_id);
  in_progress(request, call, response);
  return response;
}

Response DeviceApi::poll(const Request& request, Call& call) {
  ++counters_.polls;
  Registration& registration = instance_.registrations.touch(call.id);
  ++registration.polls;
  if (auto scripted = before_answer(call)) return *scripted;
  const Enrollment* enrollment = nullptr;
  if (auto refused = refusal(request, call, enrollment)) return *refused;
  Operation* known = instance_.registrations.operation(call.operation);
  if (known == nullptr || known->key != lower(call.id))
    return error(call, 404, 404000, "Operation not found");
  Operation shown = *known;
  if (call.fault && call.fault->decides_outcome()) {
    shown.outcome = outcome_of(enrollment, call.fault);
    if (!call.fault->hub.empty())
      instance_.registrations.move(registration, call.fault->hub, instance_.now());
  }
  if (shown.outcome.kind == Outcome::Kind::never || known->polls_left > 0) {
    if (known->polls_left > 0) --known->polls_left;
    Response response = assigning_answer(shown, call.request_id);
    in_progress(request, call, response);
    return response;
  }
  ++counters_.outcomes[std::string(status_word(shown.outcome.kind))];
  instance_.registrations.end(registration, shown.outcome, instance_.now());
  return final_answer(shown, registration, call.request_id);
}

Response DeviceApi::lookup(const Request& request, Call& call) {
  ++counters_.lookups;
  if (auto scripted = before_answer(call)) return *scripted;
  const Enrollment* enrollment = nullptr;
  if (auto refused = refusal(request, call, enrollment)) return *refused;
  const Registration* registration = instance_.registrations.find(call.id);
  if (registration == nullptr || registration->accepted_never()) {
    return error(call, 404, 404201, "Registration not found");
  }
  return state_answer(*registration, call.request_id);
}

}  // namespace leafgate::standin
