#include <cstdlib>

#include "adapters/service/dps_device_client.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/scripted_peers.hpp"

using namespace leafgate;
using namespace leafgate::net;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

constexpr std::size_t most_of_a_body = 1024;

Result<HttpResponse> heard(std::deque<std::string> parts) {
  Simulator sim(1);
  ScriptedPeers peers;
  peers.script(std::move(parts));
  HttpClientLimits limits;
  limits.body = most_of_a_body;
  HttpClient client("dps.example", peers.connect(), limits);
  auto got = sim.run(client.send(HttpRequest("GET", "/x"), sim.now() + std::chrono::seconds(30)));
  require(peers.made.size() == 1);  // no redirect is followed, nothing is asked twice
  return got;
}

// Nothing that is believed goes past what the port promises.
void read_as_the_services(const HttpResponse& response) {
  const auto answer = service::read_answer(response);
  if (!answer) return require(answer.error().code == Errc::implausible);
  require(answer->http_status == response.status);
  require(!answer->retry_after ||
          (*answer->retry_after >= Seconds(0) && *answer->retry_after <= Seconds(900)));
  require(answer->http_status >= 400 || answer->status);
}

}  // namespace

// The first octet says where the rest is cut: that changes nothing of the answer, nor of what is wrong with
// it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string said(as_text(ByteView(data, size).subspan(1)));
  const auto whole = heard({said});
  const std::size_t cut = 1 + data[0] * (said.size() - 2) / 256;
  const auto parts = heard({said.substr(0, cut), said.substr(cut)});
  require(whole.has_value() == parts.has_value());
  if (!whole) {
    const Errc why = whole.error().code;
    require(why == Errc::malformed || why == Errc::too_large || why == Errc::unreachable);
    return 0;
  }
  require(whole->status == parts->status && whole->body == parts->body &&
          whole->headers.fields() == parts->headers.fields());
  require(whole->body.size() <= most_of_a_body && (whole->status >= 200 || whole->status == 101));
  read_as_the_services(*whole);
  return 0;
}
