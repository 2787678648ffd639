#include <cstdlib>

#include "adapters/service/answer.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/net/http_answer_reader.hpp"

using namespace leafgate;
using namespace leafgate::net;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

constexpr std::size_t most_of_a_body = 1024;

// What a client hears when its server says this in these pieces and ends.
Result<HttpResponse> heard(std::string_view first, std::string_view then) {
  HttpClientLimits limits;
  limits.body = most_of_a_body;
  HttpAnswerReader reader(limits, false);
  for (const std::string_view piece : {first, then}) {
    if (piece.empty()) continue;
    const auto whole = reader.take(piece);
    if (!whole) return whole.error();
    if (*whole) return reader.release();
  }
  const auto whole = reader.end();
  if (!whole) return whole.error();
  return reader.release();
}

// Nothing that is believed goes past what the ports promise.
template <class Answer>
void believe_within_bounds(const Result<Answer>& answer, int status) {
  if (!answer) return require(answer.error().code == Errc::implausible);
  require(answer->http_status == status);
  require(!answer->retry_after ||
          (*answer->retry_after >= Seconds(0) && *answer->retry_after <= Seconds(900)));
  require(status >= 400 || answer->status);
}

}  // namespace

// The first octet says where the rest is cut: that changes nothing of the answer, nor of what is wrong with
// it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view said = as_text(ByteView(data, size).subspan(1));
  const auto whole = heard(said, {});
  const std::size_t cut = 1 + data[0] * (said.size() - 2) / 256;
  const auto parts = heard(said.substr(0, cut), said.substr(cut));
  require(whole.has_value() == parts.has_value());
  if (!whole) {
    const Errc why = whole.error().code;
    require(why == Errc::malformed || why == Errc::too_large || why == Errc::unreachable);
    return 0;
  }
  require(whole->status == parts->status && whole->body == parts->body &&
          whole->headers.fields() == parts->headers.fields());
  require(whole->body.size() <= most_of_a_body && (whole->status >= 200 || whole->status == 101));
  believe_within_bounds(service::read_answer(*whole), whole->status);
  believe_within_bounds(service::read_state_answer(*whole), whole->status);
  return 0;
}
