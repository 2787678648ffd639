#include <algorithm>
#include <cstdlib>
#include <vector>

#include "gateway/net/http_server.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/scripted_stream.hpp"

using namespace leafgate;
using namespace leafgate::net;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

class Keeper final : public HttpHandler {
 public:
  std::vector<HttpRequest> asked;
  Task<HttpResponse> handle(HttpRequest request) override {
    asked.push_back(std::move(request));
    co_return HttpResponse(200, "text/plain", "done");
  }
};

std::vector<HttpRequest> asked_by(std::deque<std::string> parts, const HttpLimits& limits) {
  Simulator sim(1);
  ScriptedStream stream(std::move(parts));
  Keeper keeper;
  HttpServer server(keeper, limits);
  sim.run(server.serve(stream, PeerInfo()));
  return std::move(keeper.asked);
}

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace

// The first octet says where the rest is cut. However it is cut, the same requests are understood, and each
// is within the limits, of one meaning, and free of what would break out of its line further on.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  HttpLimits limits;
  limits.head = 1024;  // small, so that small inputs reach them
  limits.fields = 8;
  limits.body = 512;
  const std::string said(as_text(ByteView(data, size).subspan(1)));
  const std::vector<HttpRequest> asked = asked_by({said}, limits);
  for (const HttpRequest& request : asked) {
    require(is_clean(request.method) && is_clean(request.target) && request.target.starts_with('/'));
    require(request.body.size() <= limits.body && request.headers.fields().size() <= limits.fields);
    require(request.headers.count("Host") <= 1 && request.headers.count("Content-Length") <= 1 &&
            request.headers.count("Transfer-Encoding") == 0);
    for (const auto& [name, value] : request.headers.fields()) require(is_clean(name) && is_clean(value));
    const auto target = parse_target(request.target);
    require(target || target.error().code == Errc::malformed);
  }
  const std::size_t cut = 1 + data[0] * (said.size() - 2) / 256;
  const std::vector<HttpRequest> again = asked_by({said.substr(0, cut), said.substr(cut)}, limits);
  require(again.size() == asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i)
    require(again[i].method == asked[i].method && again[i].target == asked[i].target &&
            again[i].body == asked[i].body && again[i].headers.fields() == asked[i].headers.fields());
  return 0;
}
