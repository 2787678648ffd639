#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "gateway/model/receipt.hpp"
#include "gateway/ports/expectations.hpp"
#include "gateway/ports/line_operator.hpp"
#include "gateway/ports/operator.hpp"
#include "gateway/ports/registrations.hpp"

// Pieces that several answers are made of.
namespace leafgate::status {

using Json = nlohmann::ordered_json;

[[nodiscard]] std::string dumped(const Json& json);
[[nodiscard]] std::int64_t seconds(Millis duration);
void put_time(Json& into, const char* name, WallTime at);              // nothing while unknown
void put_text(Json& into, const char* name, const std::string& text);  // nothing when empty
// Which leaf it is: its registrationId, and what people call it where it has such a name. Every answer names
// leaves in this way, so that no view can lack the label. Nothing where the id is empty.
void put_leaf(Json& into, const Labels* labels, const std::string& registration_id);
// What people call the leaf that another member names: `name`, "label" as a rule.
void put_label(Json& into, const Labels* labels, const std::string& registration_id,
               const char* name = "label");
// The leaf that an entry of the audit log is about, behind which kind of name it is; else its whole object.
[[nodiscard]] std::string leaf_of(const AuditEntry& entry);
// What was done to a leaf, as the answer to who asked for it.
[[nodiscard]] std::string done_json(const Labels* labels, const std::string& registration_id,
                                    std::string_view done);
// `service_up`: by whether it can be reached now differs what helps; of what is told of before, and of what
// has nothing to do with that, it does not matter.
[[nodiscard]] Json reason_json(Reason reason, bool service_up = false);
[[nodiscard]] Json queue_json(const QueueRow& row, bool service_up, const Labels* labels);
[[nodiscard]] Json receipt_json(const ReceiptProof& proof);  // which one, and how far it reaches
[[nodiscard]] Json notes_json(const std::vector<AttemptNote>& notes);
void put_lines(Json& into, const LineReport& report);  // how they are, without the counts
// By which line or broker a leaf comes, and whether it has proved itself there; empty for leaves with IP.
[[nodiscard]] Json links_json(const LineReport& report, const Explanation& told);

}  // namespace leafgate::status
