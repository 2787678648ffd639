#include <cstdlib>

#include "adapters/https/request.hpp"
#include "gateway/net/http_request_reader.hpp"
#include "gateway/net/web_socket.hpp"

using namespace leafgate;
using namespace leafgate::net;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// The handshake that is accepted has what its answer needs, and nothing that would break out of its line.
void try_web_socket(const HttpRequest& request) {
  const auto opening = WebSocketRequest::read(request);
  if (!opening) {
    require(opening.error().code == Errc::malformed || opening.error().code == Errc::unsupported);
    return;
  }
  require(request.method == "GET" && opening->key.size() == 24);
  require(equal_ignoring_case(opening->protocol, "mqtt"));
}

// What is asked for names one identity, and what is refused has the words of its answer.
void try_device_api(const HttpRequest& request) {
  const auto read = https::read_request(request);
  if (const auto* refusal = std::get_if<https::Refusal>(&read)) {
    require(refusal->status >= 400 && refusal->status < 500 && !refusal->message.empty() &&
            refusal->reason != Reason::none);
    require((refusal->status == 405) == !refusal->allowed.empty());
    require(refusal->claimed_id.empty() || RegistrationId::parse(refusal->claimed_id));
    return;
  }
  const auto& attempt = std::get<Attempt>(read);
  require(RegistrationId::parse(attempt.id.text()).has_value());
  require(!attempt.lookup || (!attempt.operation && attempt.request.csr.empty()));
  require(attempt.client.size() <= 256 && attempt.source.transport == Transport::https);
  require(attempt.direct == https::takes_direct_answer(attempt.client));
}

}  // namespace

// What a leaf asks over HTTPS, behind the reading of its head: WebSocket or the device API.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const HttpLimits limits;
  HttpRequestReader reader(limits);
  reader.add(as_text(ByteView(data, size)));
  auto in = reader.head();
  if (!in || in->refusal != 0 || !reader.take_body(*in)) return 0;
  if (asks_for_web_socket(in->request))
    try_web_socket(in->request);
  else
    try_device_api(in->request);
  return 0;
}
