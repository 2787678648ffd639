#include "adapters/service/list_answer.hpp"

#include "adapters/service/answer.hpp"
#include "adapters/wire/service_list.hpp"

namespace leafgate::service {
namespace {

constexpr std::size_t longest_continuation = 4096;

Error implausible(const Error& error) {
  if (error.code == Errc::stopped) return error;
  return {Errc::implausible, "HTTP 200: " + error.detail};
}

// What a refusal says is read like that of one registration.
Result<ListAnswer> answer_of(const net::HttpResponse& response) {
  ListAnswer out;
  out.http_status = response.status;
  if (response.status == 200) return out;
  const auto refused = read_state_answer(response);
  if (!refused) return refused.error();
  out.error_code = refused->error_code;
  out.message = refused->message;
  out.retry_after = refused->retry_after;
  out.answered_at = refused->answered_at;
  return out;
}

// It goes back as it came; one that cannot stand in a header would cut the list short unseen.
Result<std::string> continuation_of(const net::HttpResponse& response) {
  const std::string* token = response.headers.find("x-ms-continuation");
  if (token == nullptr) return std::string();
  for (const char c : *token)
    if (c < ' ' || c > '~') return Error(Errc::implausible, "a continuation that is no header text");
  if (token->size() > longest_continuation)
    return Error(Errc::implausible, "a continuation longer than 4,096 characters");
  return *token;
}

}  // namespace

Result<EnrollmentListPage> read_enrollment_list(const net::HttpResponse& response, EnrollmentKind kind,
                                                const wire::json::GoesOn& goes_on) {
  auto answer = answer_of(response);
  if (!answer) return answer.error();
  EnrollmentListPage out;
  out.answer = std::move(*answer);
  if (response.status != 200) return out;
  auto continuation = continuation_of(response);
  if (!continuation) return continuation.error();
  out.continuation = std::move(*continuation);
  auto page = wire::read_enrollment_page(response.body, kind, goes_on);
  if (!page) return implausible(page.error());
  out.records.reserve(page->records.size());
  for (wire::ListedRecord& record : page->records) {
    ListedEnrollment& listed = out.records.emplace_back();
    listed.enrollment = std::move(record.enrollment);
    if (record.state) listed.state = state_of(std::move(*record.state));
  }
  for (wire::OddRecord& odd : page->odd) {
    if (odd.id.empty())
      ++out.nameless;
    else
      out.odd.push_back({std::move(odd.id), std::move(odd.what), odd.enabled});
  }
  return out;
}

Result<StateListPage> read_state_list(const net::HttpResponse& response, const wire::json::GoesOn& goes_on) {
  auto answer = answer_of(response);
  if (!answer) return answer.error();
  StateListPage out;
  out.answer = std::move(*answer);
  if (response.status != 200) return out;
  auto continuation = continuation_of(response);
  if (!continuation) return continuation.error();
  out.continuation = std::move(*continuation);
  auto page = wire::read_state_page(response.body, goes_on);
  if (!page) return implausible(page.error());
  out.odd = page->odd;
  for (wire::StateReply& state : page->states) out.states.push_back(state_of(std::move(state)));
  return out;
}

Result<KeysAnswer> read_keys(const net::HttpResponse& response) {
  auto answer = answer_of(response);
  if (!answer) return answer.error();
  KeysAnswer out;
  out.answer = std::move(*answer);
  if (response.status != 200) return out;
  auto read = wire::read_mechanism(response.body);
  if (!read) return implausible(read.error());
  out.mechanism = read->mechanism;
  out.primary = std::move(read->primary_key);
  out.secondary = std::move(read->secondary_key);
  return out;
}

}  // namespace leafgate::service
