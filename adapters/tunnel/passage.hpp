#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/tunnel/choose.hpp"
#include "adapters/tunnel/company.hpp"
#include "adapters/tunnel/passage_presence.hpp"
#include "adapters/tunnel/splice.hpp"
#include "adapters/tunnel/tls_watch.hpp"
#include "gateway/net/stream.hpp"

namespace leafgate::tunnel {

// A connection that passes: dials the other end, carries octets both ways, and tells what was seen of it.
class Passage final : public net::StreamHandler, private Onlooker {
 public:
  // `claimed_id` is whom the pass was given to, where there was one; `presence` by what others end it.
  Passage(Company& company, Line& line, Seat seat, Choice choice, std::string claimed_id,
          std::shared_ptr<PassagePresence> presence);
  ~Passage() override { presence_->is(nullptr); }

  Task<void> serve(net::Stream& leaf, net::PeerInfo peer) override;
  // Its leaf is kept out: nothing goes through any more. On its loop.
  void cut();

 private:
  using End = Splice::End;

  Task<void> go_through(net::Stream& leaf);
  [[nodiscard]] Splice::Bounds bounds() const;
  void saw(Side from, ByteView octets) override;
  void look_closer(Side from, ByteView octets);
  void note_certificate();
  void known();
  void tell_unreached(const Error& error);
  void tell_end(End how, std::optional<Side> first);
  void tell_session();
  [[nodiscard]] std::string limit_reached(End how) const;
  [[nodiscard]] std::string story(End how, std::optional<Side> first) const;
  void note(Reason reason, const std::string& detail);

  Company& company_;
  Line& line_;
  Seat seat_;
  Choice choice_;
  std::string claimed_id_;
  std::shared_ptr<PassagePresence> presence_;
  std::string name_;     // as asked for
  std::string address_;  // of the leaf
  WallTime begun_{};
  TimePoint since_{};
  net::Stream* leaf_ = nullptr;      // while it is served
  Splice* splice_ = nullptr;         // once the other end is reached
  std::unique_ptr<TlsWatch> watch_;  // while there is something to see
  std::string_view alert_of_leaf_;
  std::string_view alert_of_far_;
  bool far_spoke_ = false;
  bool known_ = false;
};

}  // namespace leafgate::tunnel
