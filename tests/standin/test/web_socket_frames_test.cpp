#include "tests/standin/web_socket_frames.hpp"

#include <gtest/gtest.h>

#include "tests/standin/test/client_frame.hpp"

namespace leafgate::standin {
namespace {

using namespace std::string_literals;
using Opcode = WebSocketFrame::Opcode;

const std::string no_mask(4, '\0');

TEST(WebSocketFrames, of_a_client_come_unmasked) {
  struct Row {
    std::string wire;
    Opcode opcode;
    bool last;
    std::string payload;
  };
  for (const Row& row :
       {Row{"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s, Opcode::text, true, "Hello"},  // RFC 6455 §5.7
        Row{"\x01\x83\x37\xfa\x21\x3d\x7f\x9f\x4d"s, Opcode::text, false, "Hel"},
        Row{"\x80\x82\x37\xfa\x21\x3d\x5b\x95"s, Opcode::continuation, true, "lo"},
        Row{"\x89\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s, Opcode::ping, true, "Hello"},
        Row{"\x8a\x80\x01\x02\x03\x04"s, Opcode::pong, true, ""},
        Row{"\x88\x82\x01\x02\x03\x04\x02\xea"s, Opcode::close, true, "\x03\xe8"},
        Row{"\x82\xfe\x01\x00"s + no_mask + std::string(256, 'x'), Opcode::binary, true,
            std::string(256, 'x')},
        Row{"\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00"s + no_mask + std::string(65'536, 'x'), Opcode::binary,
            true, std::string(65'536, 'x')}}) {
    std::string input = row.wire + "rest";
    std::optional<CloseCode> defect;
    const auto frame = take_frame(input, defect);
    ASSERT_TRUE(frame) << row.payload.substr(0, 5);
    EXPECT_EQ(frame->opcode, row.opcode);
    EXPECT_EQ(frame->last, row.last);
    EXPECT_EQ(frame->payload, row.payload);
    EXPECT_EQ(input, "rest");
    EXPECT_FALSE(defect);
  }
}

TEST(WebSocketFrames, come_once_they_are_whole_wherever_they_are_cut) {
  for (const std::size_t size : {0UL, 5UL, 125UL, 126UL, 300UL}) {
    const std::string whole = client_frame(Opcode::binary, std::string(size, 'x'));
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      std::string input = whole.substr(0, cut);
      std::optional<CloseCode> defect;
      EXPECT_FALSE(take_frame(input, defect)) << size << " cut at " << cut;
      EXPECT_FALSE(defect);
      EXPECT_EQ(input.size(), cut);
      input += whole.substr(cut);
      EXPECT_TRUE(take_frame(input, defect));
    }
  }
}

TEST(WebSocketFrames, that_break_the_protocol_are_told_by_the_code_of_the_close) {
  struct Row {
    std::string wire;
    CloseCode defect;
  };
  for (const Row& row :
       {Row{"\x82\x01x"s, CloseCode::protocol_error},  // not masked
        Row{"\xc2\x80"s, CloseCode::protocol_error},   // RSV1: compressed
        Row{"\xa2\x80"s, CloseCode::protocol_error},   // RSV2
        Row{"\x92\x80"s, CloseCode::protocol_error},   // RSV3
        Row{"\x83\x80"s, CloseCode::protocol_error},   // reserved opcodes
        Row{"\x8b\x80"s, CloseCode::protocol_error},
        Row{"\x09\x80"s, CloseCode::protocol_error},                    // a ping in fragments
        Row{"\x89\xfe\x00\x7e"s, CloseCode::protocol_error},            // a ping of 126 octets
        Row{"\x82\xfe\x00\x7d"s + no_mask, CloseCode::protocol_error},  // longer lengths than need be
        Row{"\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff"s + no_mask, CloseCode::protocol_error},
        Row{"\x82\xff\x00\x00\x00\x00\x00\x08\x00\x01"s + no_mask, CloseCode::too_big},
        Row{"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff"s + no_mask, CloseCode::too_big}}) {
    std::string input = row.wire;
    std::optional<CloseCode> defect;
    EXPECT_FALSE(take_frame(input, defect));
    EXPECT_EQ(defect, row.defect) << testing::PrintToString(row.wire);
  }
}

TEST(WebSocketFrames, of_a_server_are_whole_and_not_masked) {
  EXPECT_EQ(frame_text(Opcode::binary, "abc"), "\x82\x03"s + "abc");
  EXPECT_EQ(frame_text(Opcode::pong, ""), "\x8a\x00"s);
  EXPECT_EQ(frame_text(Opcode::binary, std::string(125, 'x')).substr(0, 3), "\x82\x7dx"s);
  EXPECT_EQ(frame_text(Opcode::binary, std::string(126, 'x')).substr(0, 5), "\x82\x7e\x00\x7ex"s);
  EXPECT_EQ(frame_text(Opcode::binary, std::string(65'535, 'x')).substr(0, 5), "\x82\x7e\xff\xffx"s);
  EXPECT_EQ(frame_text(Opcode::binary, std::string(65'536, 'x')).substr(0, 11),
            "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00x"s);
}

TEST(WebSocketFrames, answer_a_close_with_its_own_code_if_one_may_send_it) {
  struct Row {
    std::string payload;
    std::string answer;
  };
  for (const Row& row : {Row{"", "\x88\x00"s}, Row{"\x03\xe8"s, "\x88\x02\x03\xe8"s},
                         Row{"\x03\xe9 going away"s, "\x88\x02\x03\xe9"s},
                         Row{"\x0f\xa0"s, "\x88\x02\x0f\xa0"s}, Row{"\x03"s, "\x88\x02\x03\xea"s},
                         Row{"\x03\xe7"s, "\x88\x02\x03\xea"s}, Row{"\x03\xed"s, "\x88\x02\x03\xea"s},
                         Row{"\x03\xf7"s, "\x88\x02\x03\xea"s}, Row{"\x13\x88"s, "\x88\x02\x03\xea"s}}) {
    EXPECT_EQ(close_answer({Opcode::close, true, row.payload}), row.answer)
        << testing::PrintToString(row.payload);
  }
}

}  // namespace
}  // namespace leafgate::standin
