#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/ports/registrar.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// A gateway in small: it knows one good token, answers whoever takes it directly at once, and others with 202
// and on their poll. One loop.
class FakeRegistrar final : public Registrar {
 public:
  static constexpr const char* operation = "5.00000000000000aa.6f1e2d3c-0000-4000-8000-000000000001";
  static constexpr const char* state = R"({"registrationId":"leaf-1","status":"assigned"})";

  Task<Answer> admit(Attempt attempt) override {
    attempts.push_back(attempt);
    if (latency > latency.zero()) co_await sleep_for(latency);
    co_return answer_to(attempt);
  }

  [[nodiscard]] Answer answer_to(const Attempt& attempt) const {
    if (attempt.knock) return sends_elsewhere ? elsewhere() : let_in();
    if (trouble) return *trouble;
    const auto* sas = std::get_if<SasEvidence>(&attempt.evidence);
    if (sas == nullptr || sas->token != good_token) return refused(401, 401000, "Unauthorized");
    if (attempt.operation && attempt.operation->text() != operation)
      return refused(404, 404000, "Operation not found");
    Answer answer;
    answer.proven = true;
    answer.operation = *OperationId::parse(operation);
    answer.status = 202;
    answer.retry_after = Seconds(3);
    if (!attempt.operation && !attempt.direct) return answer;
    answer.status = 200;
    answer.retry_after = Seconds(0);
    answer.registration_status = RegistrationStatus::assigned;
    answer.state = state;
    return answer;
  }

  static Answer let_in() {
    Answer answer;
    answer.status = 200;
    return answer;
  }
  static Answer elsewhere() {
    Answer answer = refused(503, 503000, "Service unavailable.");
    answer.retry_after = Seconds(3);
    answer.elsewhere = true;
    return answer;
  }

  static Answer refused(int status, int error_code, std::string message) {
    Answer answer;
    answer.status = status;
    answer.error_code = error_code;
    answer.message = std::move(message);
    return answer;
  }

  std::string good_token = "SharedAccessSignature sr=a&sig=b&se=1";
  std::optional<Answer> trouble;  // what everybody hears instead, but for a knock
  bool sends_elsewhere = false;   // whoever knocks
  LoopClock::duration latency{};
  std::vector<Attempt> attempts;
};

}  // namespace leafgate
