#pragma once

#include "adapters/status/report.hpp"

// Sections of the page, one function each.
namespace leafgate::status {

extern const std::string_view report_style;
extern const std::string_view report_script;

void put_degraded(Html& html, const ReportFacts& facts);
void put_figures(Html& html, const ReportFacts& facts, const LeafTable& leaves);
void put_timeline(Html& html, const ReportFacts& facts);
void put_outcomes(Html& html, const OutcomeFacts& outcomes, const std::map<std::string, std::string>& labels);
void put_commissioning(Html& html, const CommissioningFacts& list);
void put_leaves(Html& html, const ReportFacts& facts, const LeafTable& leaves);
void put_strangers(Html& html, const ReportFacts& facts);
void put_lines_and_broker(Html& html, const LineReport& report);
void put_tpm(Html& html, const ReportFacts& facts);
void put_certificates(Html& html, const ReportFacts& facts);
void put_network(Html& html, const ReportFacts& facts);
void put_audit(Html& html, const ReportFacts& facts);

void begin_section(Html& html, std::string_view id, std::string_view title);
void end_section(Html& html);
// <time>, or a dash while unknown.
void put_moment(Html& html, WallTime at);
[[nodiscard]] std::string moment_text(WallTime at);  // "2026-11-26 22:10:03"
[[nodiscard]] std::string span_words(Millis span);   // "3 days", "4 min"
void put_reason_cell(Html& html, Reason reason);     // its code; a dash for none
// "and 12 more" under a list that was cut.
void put_rest(Html& html, std::size_t shown, std::size_t all, std::string_view how);

}  // namespace leafgate::status
