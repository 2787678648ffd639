#include "tests/standin/test/https_client.hpp"

#include <array>

#include <boost/asio/write.hpp>

namespace leafgate::standin {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::string Answer::header(const std::string& name) const {
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const std::size_t start = at + 2 + name.size() + 2;
  return head.substr(start, head.find("\r\n", start) - start);
}

void HttpsClient::show(const Made& certificate) {
  stream_.reset();
  context_.use_certificate(asio::buffer(certificate.pem()), asio::ssl::context::pem);
  context_.use_private_key(asio::buffer(certificate.key_pem()), asio::ssl::context::pem);
}

error_code HttpsClient::connect() {
  error_code ec;
  stream_ = std::make_unique<Stream>(io_, context_);
  input_.clear();
  stream_->next_layer().connect(tcp::endpoint(asio::ip::address_v4::loopback(), port_), ec);
  if (!ec && tls_) stream_->handshake(asio::ssl::stream_base::client, ec);
  if (ec) stream_.reset();
  return ec;
}

Answer HttpsClient::send(const std::string& method, const std::string& target,
                         const std::string& authorization, const std::string& body, const Headers& more) {
  Answer answer;
  if (!stream_) answer.error = connect();
  if (answer.error) return answer;
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: dps.test\r\n";
  if (!authorization.empty()) text += "authorization: " + authorization + "\r\n";
  for (const auto& [name, value] : more) text += name + ": " + value + "\r\n";
  text += "Content-Encoding: utf-8\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  if (tls_) {
    asio::write(*stream_, asio::buffer(text), answer.error);
  } else {
    asio::write(stream_->next_layer(), asio::buffer(text), answer.error);
  }
  if (!answer.error) read_answer(answer);
  if (answer.error) stream_.reset();
  return answer;
}

std::size_t HttpsClient::read_some(error_code& ec) {
  std::array<char, 4096> chunk{};
  const std::size_t n = tls_ ? stream_->read_some(asio::buffer(chunk), ec)
                             : stream_->next_layer().read_some(asio::buffer(chunk), ec);
  input_.append(chunk.data(), n);
  return n;
}

bool HttpsClient::fill_until(const std::string& mark, Answer& answer) {
  while (input_.find(mark) == std::string::npos && !answer.error) read_some(answer.error);
  return !answer.error;
}

bool HttpsClient::fill_to(std::size_t size, Answer& answer) {
  while (input_.size() < size && !answer.error) read_some(answer.error);
  return !answer.error;
}

void HttpsClient::read_answer(Answer& answer) {
  if (!fill_until("\r\n\r\n", answer)) return;
  const std::size_t end = input_.find("\r\n\r\n") + 2;
  answer.head = input_.substr(0, end);
  input_.erase(0, end + 2);
  answer.status = std::stoi(answer.head.substr(9, 3));
  if (answer.header("Transfer-Encoding") != "chunked") {
    const std::size_t length = std::stoul(answer.header("Content-Length"));
    if (!fill_to(length, answer)) return;
    answer.body = input_.substr(0, length);
    input_.erase(0, length);
    return;
  }
  for (std::size_t length = 1; length != 0;) {
    if (!fill_until("\r\n", answer)) return;
    length = std::stoul(input_, nullptr, 16);
    input_.erase(0, input_.find("\r\n") + 2);
    if (!fill_to(length + 2, answer)) return;
    answer.body += input_.substr(0, length);
    input_.erase(0, length + 2);
  }
}

}  // namespace leafgate::standin
