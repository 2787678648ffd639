#include "adapters/https/endpoint.hpp"

#include <algorithm>
#include <array>

#include "adapters/https/reply.hpp"
#include "adapters/https/request.hpp"
#include "gateway/net/web_socket.hpp"
#include "gateway/ports/awaits_service.hpp"

namespace leafgate::https {
namespace {

constexpr std::size_t longest_detail = 200;

// Where SDKs look for MQTT: C, Node.js and Python; Java; C# (device protocol sheet §1.1).
constexpr auto web_socket_paths = std::to_array<std::string_view>({"/$iothub/websocket", "/mqtt", "/"});

bool is_web_socket_path(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  return std::any_of(web_socket_paths.begin(), web_socket_paths.end(),
                     [path](std::string_view known) { return equal_ignoring_case(path, known); });
}

net::HttpLimits http_limits(const Limits& limits) {
  net::HttpLimits out;
  out.body = limits.body;
  out.head_time = limits.head_time;
  out.body_time = limits.body_time;
  out.idle = limits.idle;
  return out;
}

// One connection.
class Visit final : public net::HttpHandler {
 public:
  Visit(const Ports& ports, const Limits& limits, net::StreamHandler& web_socket, net::Stream& stream,
        net::PeerInfo peer)
      : ports_(ports), limits_(limits), web_socket_(web_socket), stream_(stream), peer_(std::move(peer)) {}

  Task<net::HttpResponse> handle(net::HttpRequest request) override;
  [[nodiscard]] net::HttpResponse refuse_request(const net::HttpRequest& request, int status,
                                                 std::string_view why) const override;

 private:
  net::HttpResponse turn_down(const Refusal& refusal);
  net::HttpResponse upgrade(const net::HttpRequest& request);
  void note(Reason reason, std::string detail, std::string claimed_id) const;

  const Ports& ports_;
  const Limits& limits_;
  net::StreamHandler& web_socket_;
  net::Stream& stream_;
  net::PeerInfo peer_;
  unsigned unproven_ = 0;
  bool challenged_ = false;
  mutable std::size_t noted_ = 0;  // refuse_request() of the base is const
};

Task<net::HttpResponse> Visit::handle(net::HttpRequest request) {
  if (net::asks_for_web_socket(request)) co_return upgrade(request);
  auto understood = read_request(request);
  if (const auto* refused = std::get_if<Refusal>(&understood)) co_return turn_down(*refused);
  Attempt& attempt = std::get<Attempt>(understood);
  // What the leaf says for itself counts before what its TLS stack added.
  const bool shows_nothing =
      std::holds_alternative<NoEvidence>(attempt.evidence) && attempt.request.tpm.empty();
  if (peer_.chain && shows_nothing) attempt.evidence = CertificateEvidence{peer_.chain};
  attempt.server_name = peer_.server_name;
  const std::string* host = request.headers.find("Host");
  const Question question(attempt, host ? *host : std::string());
  stream_.proof_pending();  // its costly part is over; the service may take seconds to judge it
  const Answer answer = co_await ports_.registrar.admit(std::move(attempt));
  net::HttpResponse out = reply(answer, question, ports_.clock.now(), ports_.random);
  if (answer.proven) stream_.authenticated();
  const bool is_over = answer.last || answer.elsewhere;  // elsewhere: its next connection is another's
  // A challenge is half of a proof, and C# gives the other half on the same connection.
  const bool half = !answer.authentication_key.empty() && !std::exchange(challenged_, true);
  const bool is_open = question.poll && awaits_service(answer);
  const bool in_vain = !answer.proven && !half && !is_open;
  if (is_over || (in_vain && ++unproven_ >= limits_.unproven)) out.close = true;
  co_return out;
}

net::HttpResponse Visit::turn_down(const Refusal& refusal) {
  note(refusal.reason, refusal.detail, refusal.claimed_id);
  net::HttpResponse out = reply(refusal, ports_.clock.now(), ports_.random);
  if (++unproven_ >= limits_.unproven) out.close = true;
  return out;
}

// What is no acceptable HTTP at all.
net::HttpResponse Visit::refuse_request(const net::HttpRequest& request, int status,
                                        std::string_view why) const {
  const Refusal refusal = refusal_of(request, status, why);
  note(refusal.reason, refusal.detail, refusal.claimed_id);
  return reply(refusal, ports_.clock.now(), ports_.random);
}

net::HttpResponse Visit::upgrade(const net::HttpRequest& request) {
  Refusal refusal;
  refusal.message = "Bad request.";
  if (!is_web_socket_path(request.target)) {
    refusal.status = 404;
    refusal.message = "Resource not found.";
    refusal.detail = "WebSocket at a path without MQTT";
    return turn_down(refusal);
  }
  auto accepted = net::WebSocketRequest::read(request);
  if (!accepted) {
    const bool old = accepted.error().code == Errc::unsupported;
    refusal.status = old ? 426 : 400;
    refusal.detail = accepted.error().detail;
    net::HttpResponse refused = turn_down(refusal);
    if (old) refused.headers.add("Sec-WebSocket-Version", "13");  // RFC 6455 §4.4
    return refused;
  }
  net::HttpResponse out(101);
  out.takeover = [this, upgrade = std::move(*accepted)](net::Stream& stream,
                                                        std::string unread) -> Task<void> {
    return net::serve_web_socket(stream, upgrade, std::move(unread), web_socket_, peer_);
  };
  return out;
}

void Visit::note(Reason reason, std::string detail, std::string claimed_id) const {
  if (noted_++ >= limits_.notes) return;
  DoorEvent event;
  event.source.transport = Transport::https;
  event.source.address = peer_.address;
  event.reason = reason;
  event.step = "request";
  detail.resize(std::min(detail.size(), longest_detail));
  event.detail = std::move(detail);
  event.claimed_id = std::move(claimed_id);
  ports_.journal.note(std::move(event));
}

}  // namespace

Task<void> Endpoint::serve(net::Stream& stream, net::PeerInfo peer) {
  Visit visit(ports_, limits_, web_socket_, stream, peer);
  net::HttpServer server(visit, http_limits(limits_));
  co_await server.serve(stream, std::move(peer));
}

}  // namespace leafgate::https
