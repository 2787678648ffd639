#include "adapters/https/reply.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "adapters/wire/dps_json.hpp"
#include "adapters/wire/tpm_state.hpp"
#include "gateway/crypto/guid.hpp"

namespace leafgate::https {
namespace {

constexpr int accepted = 202;
constexpr int ended = 200;
constexpr int unauthorized = 401;
constexpr Seconds on_its_way{10};  // C never connects anew: it must find its connection when it comes again

std::string new_guid(Random& random) {
  std::array<std::uint8_t, 16> octets{};
  random.fill(octets);
  return crypto::guid(octets);
}

// IMF-fixdate (RFC 9110 §5.6.7). Leaves without a clock set theirs by it, so only a trusted one is told.
std::string http_date(WallTime at) {
  static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<Seconds>(at - day));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                days.at(std::chrono::weekday(day).c_encoding()), static_cast<unsigned>(date.day()),
                months.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text.data();
}

net::HttpResponse json(int status, std::string body, WallReading now, const std::string& request_id) {
  net::HttpResponse out(status, "application/json; charset=utf-8", std::move(body));
  if (now.quality != ClockQuality::unsynced) out.headers.add("Date", http_date(now.at));
  out.headers.add("x-ms-request-id", request_id);
  return out;
}

// It comes from the leaf and goes back to it: only what a host and port are made of.
bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 262 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':' || c == '[' || c == ']';
  });
}

std::string state_of(const Answer& answer) {
  return wire::with_gateway_host_name(wire::with_tpm_key(answer.state, answer.authentication_key),
                                      answer.gateway_host_name);
}

std::string body_of(const Answer& answer, const Question& question, const std::string& tracking_id,
                    WallTime now) {
  if (question.lookup && answer.status == ended) return state_of(answer);
  if (answer.operation && answer.status == accepted && question.poll)
    return wire::assigning_poll_body(answer.operation->text(), question.id);
  if (answer.operation && answer.status == accepted) return wire::assigning_body(answer.operation->text());
  if (answer.operation && answer.status == ended)
    return wire::ended_body(answer.operation->text(), answer.registration_status, state_of(answer));
  if (answer.status == unauthorized && !answer.authentication_key.empty())
    return wire::challenge_body(answer.message, answer.authentication_key);
  return wire::error_body(answer.error_code, tracking_id, answer.message, now);
}

}  // namespace

net::HttpResponse reply(const Answer& answer, const Question& question, WallReading now, Random& random) {
  const std::string id = new_guid(random);
  net::HttpResponse out = json(answer.status, body_of(answer, question, id, now.at), now, id);
  if (answer.retry_after > Seconds(0)) {
    const Seconds wait = retry_after_for(question.family, answer.retry_after);
    out.headers.add("Retry-After", std::to_string(wait.count()));
    out.idle = wait + on_its_way;
  }
  if (answer.status == accepted && is_host(question.host))
    out.headers.add("Location", "https://" + question.host + "/" + question.scope + "/registrations/" +
                                    question.id + "/register");
  return out;
}

net::HttpResponse reply(const Refusal& refusal, WallReading now, Random& random) {
  const std::string id = new_guid(random);
  net::HttpResponse out =
      json(refusal.status, wire::error_body(refusal.status * 1000, id, refusal.message, now.at), now, id);
  if (!refusal.allowed.empty()) out.headers.add("Allow", refusal.allowed);
  return out;
}

}  // namespace leafgate::https
