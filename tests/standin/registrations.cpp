#include "tests/standin/registrations.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

namespace leafgate::standin {
namespace {

constexpr std::size_t operations_kept = 4;

// Decoded, the service's etag is a quoted GUID-like token (sheet §2.4).
std::string fresh_etag() { return base64_encode("\"" + random_guid() + "\""); }

std::string operation_id(std::string_view key) {
  std::array<char, 20> prefix{};
  std::snprintf(prefix.data(), prefix.size(), "4.%016llx.", static_cast<unsigned long long>(fnv1a(key)));
  return prefix.data() + random_guid();
}

void changed(Registration& r, WallTime now) {
  r.updated = now;
  r.etag = fresh_etag();
}

void note_result(Registration& r) {
  if (std::find(r.given.begin(), r.given.end(), r.assigned) == r.given.end()) r.given.push_back(r.assigned);
}

WallTime time_of(const nlohmann::json& ticks) {
  return WallTime(WallTime::duration(ticks.get<std::int64_t>()));
}

}  // namespace

std::string_view status_word(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::assigned:
      return "assigned";
    case Outcome::Kind::failed:
      return "failed";
    case Outcome::Kind::disabled:
      return "disabled";
    case Outcome::Kind::never:
      return "assigning";
  }
  return "assigning";
}

Registrations::Registrations(std::vector<std::string> hubs, const std::string& state_file)
    : hubs_(std::move(hubs)) {
  if (state_file.empty()) return;
  replay(state_file);
  journal_ = ::open(state_file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (journal_ < 0) throw std::runtime_error("cannot write " + state_file);
}

Registrations::~Registrations() {
  if (journal_ >= 0) ::close(journal_);
}

void Registrations::replay(const std::string& file) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto record = nlohmann::json::parse(line, nullptr, false);
    if (record.is_discarded()) continue;  // the line a kill cut short
    Registration& r = touch(record.at("registrationId").get<std::string>());
    r.assigned = {record.at("assignedHub"), record.at("deviceId")};
    note_result(r);
    r.moved = record.at("moved");
    r.substatus = record.at("substatus");
    r.etag = record.at("etag");
    r.group_id = record.at("group");
    r.payload = record.at("payload");
    r.status = "assigned";
    r.created = time_of(record.at("created"));
    r.updated = time_of(record.at("updated"));
  }
}

Registration& Registrations::touch(std::string_view id) {
  auto [at, fresh] = by_key_.try_emplace(lower(id));
  if (fresh) at->second.id = std::string(id);
  return at->second;
}

const Registration* Registrations::find(std::string_view id) const {
  const auto at = by_key_.find(lower(id));
  return at == by_key_.end() ? nullptr : &at->second;
}

void Registrations::allocate(Registration& r, const Enrollment& enrollment) {
  const std::vector<std::string>& candidates = enrollment.hubs.empty() ? hubs_ : enrollment.hubs;
  const std::string device = enrollment.device_id.empty() ? r.id : enrollment.device_id;
  const bool first = r.assigned.hub.empty();
  const bool stays = !first && (r.moved || std::find(candidates.begin(), candidates.end(), r.assigned.hub) !=
                                               candidates.end());
  r.assigned.device_id = device;
  if (stays) return;
  // The service's hash is unpublished (service sheet §3.6); ours only has to give one id one hub.
  r.assigned.hub = candidates[fnv1a(lower(r.id)) % candidates.size()];
  r.substatus = first ? "initialAssignment" : "deviceDataMigrated";
}

void Registrations::move(Registration& r, std::string hub, WallTime now) {
  if (r.assigned.hub == hub) return;
  r.substatus = r.assigned.hub.empty() ? "initialAssignment" : "deviceDataMigrated";
  r.assigned.hub = std::move(hub);
  if (r.assigned.device_id.empty()) r.assigned.device_id = r.id;
  r.moved = true;
  changed(r, now);
}

Operation& Registrations::open(Registration& r, Operation operation, WallTime now) {
  operation.key = lower(r.id);
  operation.id = operation_id(operation.key);
  if (r.created == WallTime{}) r.created = now;
  changed(r, now);
  r.last_outcome = operation.outcome;
  r.group_id = operation.group_id;
  r.payload = operation.extra.value("payload", nlohmann::json());
  r.status = "assigning";
  ++r.accepted;
  r.operations.push_back(operation.id);
  while (r.operations.size() > operations_kept) {
    operations_.erase(r.operations.front());
    r.operations.pop_front();
  }
  return operations_.emplace(operation.id, std::move(operation)).first->second;
}

Operation* Registrations::operation(std::string_view id) {
  const auto at = operations_.find(id);
  return at == operations_.end() ? nullptr : &at->second;
}

void Registrations::end(Registration& r, const Outcome& outcome, WallTime now) {
  const std::string_view word = status_word(outcome.kind);
  const bool news = r.status != word || r.last_outcome != outcome;
  if (news) changed(r, now);
  r.status = word;
  r.last_outcome = outcome;
  if (outcome.kind != Outcome::Kind::assigned) return;
  note_result(r);
  if (news && journal_ >= 0) append(r);
}

void Registrations::append(const Registration& r) {
  const nlohmann::json record{{"registrationId", r.id},
                              {"assignedHub", r.assigned.hub},
                              {"deviceId", r.assigned.device_id},
                              {"substatus", r.substatus},
                              {"moved", r.moved},
                              {"etag", r.etag},
                              {"group", r.group_id},
                              {"payload", r.payload},
                              {"created", r.created.time_since_epoch().count()},
                              {"updated", r.updated.time_since_epoch().count()}};
  const std::string line = record.dump() + "\n";
  if (::write(journal_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw std::runtime_error("cannot write the state file");
  }
}

void Registrations::forget_all() {
  by_key_.clear();
  operations_.clear();
  if (journal_ >= 0 && ::ftruncate(journal_, 0) != 0) throw std::runtime_error("cannot empty the state file");
}

std::vector<std::string> Registrations::told_differently() const {
  std::vector<std::string> ids;
  for (const auto& [key, r] : by_key_) {
    if (r.given.size() > 1) ids.push_back(r.id);
  }
  return ids;
}

}  // namespace leafgate::standin
