// What is cut of a row, and what never is.
#include "gateway/ctl/table.hpp"

#include <gmock/gmock.h>

#include "gateway/ctl/handover.hpp"
#include "gateway/ctl/outage_verbs.hpp"

namespace leafgate::ctl::table_test {
namespace {

using testing::HasSubstr;
using testing::Not;

const WallTime now{Millis(1'800'000'000'000)};
const Paint plain(false);

const std::string long_label(60, 'L');

// Two leaves that nothing but the end of their ids tells apart, and one with a label that nobody can show.
std::string listed() {
  const auto leaf = [](const std::string& id, const std::string& label) {
    return R"({"registrationId":")" + id + R"(","id":")" + id + R"(","label":")" + label +
           R"(","status":"assigned","kind":"individual","mechanism":"symmetricKey","class":"backlog",
"state":{"code":"needs-the-leaf"},"reason":{"code":"service-verdict-unconfirmed"},"match":["pump-*","press-*"]})";
  };
  return R"({"leaves":[)" + leaf("plant-3.line-b.station-0001.press", "") + "," +
         leaf("plant-3.line-b.station-0002.press", "") + "," + leaf("oven", long_label) + "]}";
}

struct Shown {
  const char* name;
  Table (*table)(const std::vector<View>& first, std::size_t room);
};
class TablesTest : public testing::TestWithParam<Shown> {
 protected:
  std::vector<std::string> lines(std::size_t room) const {
    const auto document = Document::parse(listed());
    const auto rows = document->root().list("leaves");
    const Table table = GetParam().table(rows, room);
    std::vector<std::string> out{table.head(plain)};
    for (const View& row : rows) out.push_back(table.line(row, plain));
    return out;
  }
};

TEST_P(TablesTest, cut_nothing_where_a_program_reads) {
  const auto all = lines(all_it_wants);
  EXPECT_THAT(all[1], HasSubstr("plant-3.line-b.station-0001.press"));
  EXPECT_THAT(all[1],
              HasSubstr(GetParam().name == std::string("enrollments") ? "pump-* press-*\n"
                                                                      : "service-verdict-unconfirmed"));
  EXPECT_THAT(all[3], HasSubstr(long_label));
}

TEST_P(TablesTest, keep_rows_apart_that_differ_at_the_end_of_an_id) {
  for (const std::size_t room : {60U, 80U, 160U}) {
    const auto all = lines(room);
    EXPECT_NE(all[1], all[2]) << all[1];
    for (const std::string& line : all) EXPECT_LE(width_of(line.substr(0, line.size() - 1)), room) << line;
  }
  EXPECT_THAT(lines(160)[2], HasSubstr("plant-3.line-b.station-0002.press")) << "the label gives way first";
}

INSTANTIATE_TEST_SUITE_P(
    all, TablesTest,
    testing::Values(Shown{"devices", [](const auto& first,
                                        std::size_t room) { return devices_table(first, room, now); }},
                    Shown{"queue", queue_table}, Shown{"enrollments", enrollments_table},
                    Shown{"outcomes", [](const auto& first,
                                         std::size_t room) { return outcomes_table(first, room, now); }}),
    [](const auto& shown) { return std::string(shown.param.name); });

TEST(Table, a_row_of_a_later_page_that_wants_more_is_not_cut_either_where_a_program_reads) {
  const auto first = Document::parse(R"({"leaves":[{"registrationId":"a"}]})");
  const auto later =
      Document::parse(R"({"leaves":[{"registrationId":"plant-3.line-b.station-0001.press"}]})");
  const Table table = queue_table(first->root().list("leaves"), all_it_wants);
  EXPECT_THAT(table.line(later->root().list("leaves")[0], plain),
              HasSubstr("plant-3.line-b.station-0001.press "));
}

TEST(Table, of_an_id_with_a_label_the_label_goes_first) {
  const auto row = [](const View& of) { return std::vector<Cell>{leaf_cell(of), {"x"}}; };
  const auto document = Document::parse(R"({"registrationId":"press-0001","label":"Press of hall B"})");
  const auto shown = [&](std::size_t room) {
    return Table({{"ID", 3, Cut::middle}, {"X", 1}}, row, {document->root()}, room)
        .line(document->root(), plain);
  };
  EXPECT_EQ(shown(all_it_wants), "press-0001 Press of hall B x\n");
  EXPECT_EQ(shown(20), "press-0001 Press ~ x\n");
  EXPECT_EQ(shown(14), "press-0001   x\n");
  EXPECT_EQ(shown(9), "pr~0001 x\n");
}

TEST(Table, a_head_is_cut_like_what_is_below_it) {
  const Table table(
      {{"REGISTRATION ID", 4}, {"X", 1}}, [](const View&) { return std::vector<Cell>(); }, {}, 8);
  EXPECT_EQ(table.head(plain), "REGIS~ X\n");
}

TEST(Events, are_not_cut_either_where_a_program_reads) {
  const auto event = Document::parse(R"({"registrationId":"plant-3.line-b.station-0001.press",
"reason":{"code":"service-verdict-unconfirmed"},"detail":"a detail that says what happened there"})");
  const std::string all = event_line("attempt", event->root(), plain, all_it_wants);
  EXPECT_THAT(all,
              HasSubstr("plant-3.line-b.station-0001.press service-verdict-unconfirmed a detail that says "
                        "what happened there\n"));
  const std::string cut = event_line("attempt", event->root(), plain);
  EXPECT_THAT(cut, HasSubstr("plant-3.~tation-0001.press"));
  EXPECT_LE(cut.size(), columns + 1);
  EXPECT_THAT(cut, Not(HasSubstr("happened")));
}

}  // namespace
}  // namespace leafgate::ctl::table_test
