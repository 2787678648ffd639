#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "gateway/model/bytes.hpp"

namespace leafgate::tunnel {

// Looks on while two others speak TLS, and tells what of it is in clear: the certificate that the client
// shows (TLS 1.2 only; 1.3 encrypts it), an alert by which either side gives up before the other can decrypt
// (about the server's certificate in both versions), and when both have come to application data. Fed with
// what passes, cut anywhere; keeps one certificate at most (16 KiB), and looks no closer once a side has come
// to application data. Nothing of it is proved: whoever decides by it must bear a lie. Pure.
class TlsWatch {
 public:
  static constexpr std::size_t largest = 16 * 1024;  // DER octets of a certificate that is kept

  void from_client(ByteView octets) { feed(client_, octets); }
  void from_server(ByteView octets) { feed(server_, octets); }

  // The client's own certificate in DER, which nobody has parsed yet; empty until one was seen, and after
  // this.
  [[nodiscard]] Bytes take_certificate() { return std::exchange(certificate_, {}); }
  // OpenSSL's name of the alert that ended the handshake, empty where none was seen.
  [[nodiscard]] std::string_view alert_of_client() const { return client_.alert; }
  [[nodiscard]] std::string_view alert_of_server() const { return server_.alert; }
  // The server spoke after the client had come to application data. In TLS 1.3 that is what it sends behind
  // the client's Finished, a ticket at least; its alert there is told from that by its length.
  [[nodiscard]] bool answered() const { return answered_; }
  // Nothing more can be learnt.
  [[nodiscard]] bool is_over() const { return client_.over && server_.over; }

 private:
  struct Side {
    explicit Side(bool c) : is_client(c) {}
    bool is_client;
    bool over = false;       // no closer look any more
    bool begun = false;      // a record came
    bool encrypted = false;  // ChangeCipherSpec: messages of the handshake cannot be read any more
    std::uint8_t have = 0;   // octets of head
    std::uint8_t alert_level = 0;
    std::array<std::uint8_t, 5> head{};  // of the record: type, version, length
    std::size_t length = 0;              // of the record
    std::size_t left = 0;                // octets of it still to come
    std::string_view alert;
  };
  // The client's handshake message that is passing.
  struct Message {
    std::array<std::uint8_t, 4> head{};
    std::uint8_t have = 0;
    std::size_t left = 0;
  };

  void feed(Side& side, ByteView octets);
  void begin_record(Side& side);
  void begin_data(Side& side);
  void look(Side& side, ByteView part);
  void look_at_messages(ByteView octets);
  void begin_message();
  void keep(ByteView part);
  void drop_kept();

  Side client_{true};
  Side server_{false};
  bool client_has_data_ = false;
  Message message_;
  Bytes kept_;              // of the Certificate message, until the first certificate is whole
  std::size_t wanted_ = 0;  // octets of kept_
  Bytes certificate_;
  bool answered_ = false;
};

}  // namespace leafgate::tunnel
