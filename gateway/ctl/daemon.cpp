#include "gateway/ctl/daemon.hpp"

#include <optional>

#include "gateway/net/http_client.hpp"
#include "gateway/net/plain_socket.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::size_t longest_answer = 64 << 20;
constexpr Millis told_every{500};

net::HttpRequest request_of(const Question& question) {
  net::HttpRequest out(question.method, question.target);
  if (!question.content_type.empty()) out.headers.add("Content-Type", question.content_type);
  if (!question.because.empty()) out.headers.add("X-Because", question.because);
  out.body = question.body;
  return out;
}

Task<void> send(net::HttpClient& client, net::HttpRequest request, TimePoint deadline,
                std::optional<Result<net::HttpResponse>>& into) {
  auto got = co_await client.send(std::move(request), deadline);
  into.emplace(std::move(got));
  client.close_idle();
}

}  // namespace

Result<Reply> Daemon::ask(const Question& question) const {
  boost::asio::io_context context(1);
  const Executor executor = context.get_executor();
  const net::HttpConnect connect = [this, executor](TimePoint) -> Task<Result<std::unique_ptr<net::Stream>>> {
    auto socket = net::connect_unix(executor, socket_);
    if (!socket) co_return socket.error();
    std::unique_ptr<net::Stream> stream = std::move(*socket);
    co_return stream;
  };
  net::HttpClientLimits limits;
  limits.body = longest_answer;
  net::HttpClient client("gateway", connect, limits);
  std::optional<Result<net::HttpResponse>> got;
  spawn(executor, send(client, request_of(question), LoopClock::now() + limit_, got));
  const auto tell = [&]() -> Task<void> {
    const TimePoint begun = LoopClock::now();
    while (!got) {
      co_await sleep_for(told_every);
      if (!got) question.on_wait(std::chrono::duration_cast<Millis>(LoopClock::now() - begun));
    }
  };
  if (question.on_wait) spawn(executor, tell());
  context.run();
  if (!got) return Error(Errc::internal, "the request never ended");
  if (!*got) return got->error();
  return Reply{(*got)->status, std::move((*got)->body)};
}

Result<Reply> Daemon::get(std::string target) const {
  Question question;
  question.target = std::move(target);
  return ask(question);
}

}  // namespace leafgate::ctl
