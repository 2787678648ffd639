#include <charconv>
#include <vector>

#include "adapters/wire/dps_json.hpp"
#include "adapters/wire/json_text.hpp"
#include "adapters/wire/rfc3339.hpp"
#include "adapters/wire/service_state.hpp"
#include "adapters/wire/tpm_state.hpp"

namespace leafgate::wire {
namespace {

using Members = std::vector<json::Member>;

Error implausible(std::string_view where, const Error& error) {
  return {Errc::implausible, std::string(where) + ": " + error.detail};
}

// Reads members into variables and remembers the first that has the wrong type, so that a reader is a list of
// names.
class ReplyReading {
 public:
  explicit ReplyReading(const Members& members) : members_(members) {}

  ReplyReading& text(std::string_view name, std::string& out) {
    return take(name, [&out](std::string_view value) -> Result<void> {
      auto text = json::text_of(value);
      if (!text) return text.error();
      out = std::move(*text);
      return {};
    });
  }
  ReplyReading& number(std::string_view name, int& out) {
    return take(name, [&out](std::string_view value) -> Result<void> {
      const auto number = json::integer_of(value);
      if (!number) return number.error();
      out = *number;
      return {};
    });
  }
  template <class Into>
  ReplyReading& take(std::string_view name, Into into) {
    const auto value = json::find(members_, name);
    if (!failure_ && value)
      if (const Result<void> done = into(*value); !done) failure_ = implausible(name, done.error());
    return *this;
  }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  const Members& members_;
  std::optional<Error> failure_;
};

Result<void> read_state(std::string_view value, ServiceReply& reply) {
  auto state = clean_state(value);
  if (!state) return state.error();
  auto split = without_tpm_key(*state);
  if (!split) return split.error();
  reply.state = std::move(split->state);
  reply.authentication_key = std::move(split->key);
  const auto members = json::members(reply.state);
  if (!members) return members.error();
  ReplyReading reading(*members);
  reading.text("registrationId", reply.registration_id)
      .text("assignedHub", reply.assigned_hub)
      .text("deviceId", reply.device_id)
      .text("etag", reply.etag)
      .number("errorCode", reply.error_code)
      .text("errorMessage", reply.message);
  if (reading.failure()) return *reading.failure();
  return {};
}

Result<void> read_operation(std::string_view value, ServiceReply& reply) {
  const auto text = json::text_of(value);
  if (!text) return text.error();
  const auto operation = OperationId::parse(*text);
  if (!operation) return operation.error();
  reply.operation = *operation;
  return {};
}

Result<void> read_status(std::string_view value, ServiceReply& reply) {
  const auto text = json::text_of(value);
  if (!text) return text.error();
  reply.status = registration_status_from(*text);
  if (!reply.status) return Error(Errc::implausible, "no status of DPS");
  return {};
}

Result<void> read_date(std::string_view value, std::optional<WallTime>& at) {
  const auto text = json::text_of(value);
  if (!text) return text.error();
  const auto date = parse_rfc3339(*text);
  if (!date) return date.error();
  at = *date;
  return {};
}

Result<void> read_error(const Members& members, ServiceReply& reply) {
  ReplyReading reading(members);
  reading.number("errorCode", reply.error_code)
      .text("message", reply.message)
      .text("trackingId", reply.tracking_id);
  if (!json::find(members, "message")) reading.text("Message", reply.message);  // of the service's older form
  if (reply.http_status == 401) reading.text("authenticationKey", reply.authentication_key);
  if (reading.failure()) return *reading.failure();
  return {};
}

// The members of a registrationState that is the whole body; the others were read by read_state().
Result<void> read_bare_state(StateReply& read) {
  const auto members = json::members(read.reply.state);
  if (!members) return members.error();
  ReplyReading reading(*members);
  reading.take("status", [&read](std::string_view value) { return read_status(value, read.reply); })
      .take("lastUpdatedDateTimeUtc",
            [&read](std::string_view value) { return read_date(value, read.last_updated); });
  if (reading.failure()) return *reading.failure();
  if (!read.reply.status) return Error(Errc::implausible, "body: no status");
  if (read.reply.registration_id.empty()) return Error(Errc::implausible, "body: no registrationId");
  return {};
}

bool front_end_may_say(int http_status) {
  return http_status == 408 || http_status == 429 || http_status >= 500;
}

bool may_say_nothing(int http_status) {
  return front_end_may_say(http_status) || http_status == 401 || http_status == 403 || http_status == 404;
}

Result<ServiceReply> read_all_of(int http_status, std::string_view body) {
  ServiceReply reply;
  reply.http_status = http_status;
  const auto text = json::checked(body);
  if (!text) return implausible("body", text.error());
  const auto members = json::members(*text);
  if (!members) return implausible("body", members.error());

  if (http_status != 200 && http_status != 202) {
    if (const Result<void> done = read_error(*members, reply); !done) return done.error();
    return reply;
  }
  ReplyReading reading(*members);
  reading.take("operationId", [&reply](std::string_view value) { return read_operation(value, reply); })
      .take("status", [&reply](std::string_view value) { return read_status(value, reply); })
      .take("registrationState", [&reply](std::string_view value) { return read_state(value, reply); });
  if (reading.failure()) return *reading.failure();
  if (!reply.status) return Error(Errc::implausible, "body: no status");
  if (http_status == 202 && !reply.operation) return Error(Errc::implausible, "body: no operationId");
  return reply;
}

}  // namespace

Result<ServiceReply> read_service_body(int http_status, std::string_view body) {
  ServiceReply bare;
  bare.http_status = http_status;
  if (body.empty() && may_say_nothing(http_status)) return bare;
  auto reply = read_all_of(http_status, body);
  if (!reply && front_end_may_say(http_status)) return bare;
  return reply;
}

Result<StateReply> read_state_body(int http_status, std::string_view body) {
  StateReply read;
  if (http_status != 200) {
    // That something is gone is concluded from nobody's silence.
    if (http_status == 404 && body.empty()) return Error(Errc::implausible, "body: none");
    auto refused = read_service_body(http_status, body);
    if (!refused) return refused.error();
    read.reply = std::move(*refused);
    return read;
  }
  read.reply.http_status = http_status;
  const auto text = json::checked(body);
  if (!text) return implausible("body", text.error());
  if (const Result<void> done = read_state(*text, read.reply); !done)
    return implausible("body", done.error());
  if (const Result<void> done = read_bare_state(read); !done) return done.error();
  return read;
}

std::optional<Seconds> read_retry_after(std::string_view value) {
  constexpr int most = 15 * 60;
  int seconds = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (end != value.data() + value.size() || value.empty() || value.front() == '-') return std::nullopt;
  return Seconds(failure == std::errc::result_out_of_range || seconds > most ? most : seconds);
}

}  // namespace leafgate::wire
