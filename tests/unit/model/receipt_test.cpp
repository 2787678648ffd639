#include "gateway/model/receipt.hpp"

#include <gtest/gtest.h>

namespace leafgate::receipt_test {
namespace {

Registration registration() {
  Registration out(RegistrationId::parse("Pump-7").value());
  Assignment assignment;
  assignment.assigned_hub = "hub1.azure-devices.net";
  assignment.device_id = "pump \"7\"";
  assignment.enrollment_id = "group line-a";
  assignment.credential = "never told";
  out.assignment = assignment;
  return out;
}

Receipt receipt(Ruling ruling) {
  Receipt out;
  out.ruling = ruling;
  out.reason = Reason::assigned_by_service;
  out.at = WallTime(Millis(1'790'000'000'123));
  out.clock = ClockQuality::synced;
  out.operation_id = "5.00.op";
  return out;
}

TEST(ReceiptEntry, an_assignment_is_told_in_a_fixed_order) {
  EXPECT_EQ(entry_text(receipt(Ruling::assigned), registration(), "gw12", 41),
            R"({"v":1,"sequence":41,"at":"2026-09-21T14:13:20.1230000Z","clock":"synced","gateway":"gw12",)"
            R"("registrationId":"Pump-7","decision":"assigned","reason":"assigned-by-service",)"
            R"("assignedHub":"hub1.azure-devices.net","deviceId":"pump \"7\"","enrollment":"group line-a",)"
            R"("operationId":"5.00.op"})");
}

TEST(ReceiptEntry, a_refusal_tells_no_hub_and_what_is_empty_is_left_out) {
  Receipt refused = receipt(Ruling::refused);
  refused.reason = Reason::service_refused;
  refused.operation_id.clear();
  EXPECT_EQ(entry_text(refused, registration(), "", 1),
            R"({"v":1,"sequence":1,"at":"2026-09-21T14:13:20.1230000Z","clock":"synced",)"
            R"("registrationId":"Pump-7","decision":"refused","reason":"service-refused"})");
}

struct Row {
  std::string_view text;
  std::string_view json;
};

const Row texts[] = {
    {"", R"("")"},
    {"plain ~", R"("plain ~")"},
    {"a\"b\\c/d", R"("a\"b\\c/d")"},
    {{"\0\x01\n\x1f\x7f", 5}, "\"\\u0000\\u0001\\u000a\\u001f\\u007f\""},
    {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x8d\x83", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x8d\x83\""},
    {"\x80", "\"\xef\xbf\xbd\""},                                                  // no beginning
    {"a\xc3", "\"a\xef\xbf\xbd\""},                                                // no end
    {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                                  // longer than needed
    {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},                  // a surrogate
    {"\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},  // beyond Unicode
};

TEST(JsonString, there_is_one_spelling_of_each_text) {
  for (const Row& row : texts) EXPECT_EQ(json_string(row.text), row.json) << row.json;
}

}  // namespace
}  // namespace leafgate::receipt_test
