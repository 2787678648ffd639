#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// What a leaf sends, built by hand and without the code under test.
namespace leafgate::leaf {

std::string u16(std::size_t value);
std::string text(std::string_view value);  // with its length in front
std::string packet(std::uint8_t first, std::string_view body);
std::string hex(std::string_view digits);  // "10 0c" -> octets; blanks are passed over

struct Connect {
  std::string client_id = "leaf-1";
  std::optional<std::string> username =
      "0ne00000001/registrations/leaf-1/api-version=2021-06-01&ClientVersion=1.15.0";
  std::optional<std::string> password = "SharedAccessSignature sr=a&sig=b&se=1";
  std::uint16_t keep_alive = 0;
  bool clean_session = true;
  std::uint8_t level = 4;
  std::uint8_t more_flags = 0;
  std::string will;  // its two fields, ready made
};
std::string connect(const Connect& options = {});

std::string subscribe(std::uint16_t packet_id,
                      std::initializer_list<std::pair<std::string_view, std::uint8_t>> filters = {
                          {"$dps/registrations/res/#", 1}});
std::string unsubscribe(std::uint16_t packet_id,
                        std::initializer_list<std::string_view> filters = {"$dps/registrations/res/#"});
// QoS 0 has no packet id: pass 0.
std::string publish(std::string_view topic, std::string_view payload, std::uint8_t qos = 0,
                    std::uint16_t packet_id = 0, std::uint8_t more_flags = 0);
std::string puback(std::uint16_t packet_id);
inline std::string pingreq() { return std::string("\xC0\x00", 2); }
inline std::string disconnect() { return std::string("\xE0\x00", 2); }

std::string register_topic(std::string_view rid);
std::string poll_topic(std::string_view rid, std::string_view operation_id);

}  // namespace leafgate::leaf
