#include "tests/standin/web_socket_opening.hpp"

#include <gtest/gtest.h>

namespace leafgate::standin {
namespace {

Request asking(const std::string& target = "/$iothub/websocket") {
  Request request;
  request.method = "GET";
  request.target = target;
  request.headers = {{"upgrade", "websocket"},
                     {"connection", "Upgrade"},
                     {"sec-websocket-version", "13"},
                     {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="},
                     {"sec-websocket-protocol", "mqtt"}};
  return request;
}

Request asking_with(const std::string& name, const std::string& value) {
  Request request = asking();
  request.headers[name] = value;
  return request;
}

TEST(WebSocketOpening, is_proved_as_in_the_rfc) {
  const auto opening = open_web_socket(asking());
  ASSERT_TRUE(opening);
  EXPECT_TRUE(opening->accepted);
  EXPECT_EQ(opening->answer,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n");
}

TEST(WebSocketOpening, is_for_the_paths_that_the_sdks_ask_for) {
  for (const char* door : {"/$iothub/websocket", "/%24iothub/websocket", "/mqtt", "/", "/mqtt?a=b"}) {
    ASSERT_TRUE(open_web_socket(asking(door))) << door;
    EXPECT_TRUE(open_web_socket(asking(door))->accepted) << door;
  }
  for (const char* other : {"/mqtt/", "/$iothub", "/0ne00ABCDEF/registrations/m-1/register", "*"}) {
    EXPECT_FALSE(open_web_socket(asking(other))) << other;
  }
  EXPECT_FALSE(open_web_socket(asking_with("upgrade", "")));
  EXPECT_FALSE(open_web_socket(asking_with("upgrade", "h2c")));
}

TEST(WebSocketOpening, reads_lists_of_tokens_in_any_case) {
  for (const Request& request :
       {asking_with("upgrade", "h2c, WebSocket"), asking_with("connection", "keep-alive,\tupgrade "),
        asking_with("sec-websocket-extensions", "permessage-deflate; client_max_window_bits")}) {
    EXPECT_TRUE(open_web_socket(request)->accepted);
    EXPECT_EQ(open_web_socket(request)->answer, open_web_socket(asking())->answer);
  }
  EXPECT_NE(
      open_web_socket(asking_with("sec-websocket-protocol", "amqp, MQTT"))->answer.find("Protocol: MQTT\r\n"),
      std::string::npos);
}

TEST(WebSocketOpening, turns_away_what_is_none) {
  struct Row {
    const char* name;
    const char* value;
    const char* answer;
  };
  for (const Row& row :
       {Row{"connection", "keep-alive", "HTTP/1.1 400"}, Row{"sec-websocket-version", "8", "HTTP/1.1 426"},
        Row{"sec-websocket-version", "", "HTTP/1.1 426"}, Row{"sec-websocket-key", "", "HTTP/1.1 400"},
        Row{"sec-websocket-key", "dGhlIHNhbXBsZSBub25j", "HTTP/1.1 400"},
        Row{"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ", "HTTP/1.1 400"},
        Row{"sec-websocket-protocol", "", "HTTP/1.1 400"},
        Row{"sec-websocket-protocol", "amqp,mqttv5", "HTTP/1.1 400"}}) {
    const auto opening = open_web_socket(asking_with(row.name, row.value));
    ASSERT_TRUE(opening);
    EXPECT_FALSE(opening->accepted);
    EXPECT_EQ(opening->answer.substr(0, 12), row.answer) << row.name << ": " << row.value;
  }
  Request post = asking();
  post.method = "POST";
  EXPECT_FALSE(open_web_socket(post)->accepted);
  EXPECT_NE(open_web_socket(asking_with("sec-websocket-version", "8"))
                ->answer.find("Sec-WebSocket-Version: 13\r\n"),
            std::string::npos);
}

}  // namespace
}  // namespace leafgate::standin
