#pragma once

#include <string>

#include "gateway/ctl/verbs.hpp"

namespace leafgate::ctl {

struct WhatIfAsked {
  std::string span;  // "21d"; empty: now
  std::string leaf;  // this one alone
};

struct OutcomesAsked {
  std::string state;
  std::string file;  // CSV to write
};

int show_what_if(const Session& session, const WhatIfAsked& asked);
int show_outcomes(const Session& session, const OutcomesAsked& asked);
int clear_outcomes(const Session& session, const std::string& state);  // empty: those that are settled

// What people read, from what the routes say. Pure.
[[nodiscard]] std::string what_if_text(const View& told, const Paint& paint, WallTime now);
// Of an uplink that is down: since when, and why. One sentence.
[[nodiscard]] std::string down_text(const View& uplink, WallTime now);
// The counts, the outages, and what is to be done.
[[nodiscard]] std::string outcomes_text(const View& told, const Paint& paint, WallTime now);
[[nodiscard]] Table outcomes_table(const std::vector<View>& first, std::size_t room, WallTime now);
// A line of CSV (RFC 4180), and the names of its columns.
[[nodiscard]] std::string outcomes_csv_head();
[[nodiscard]] std::string outcome_csv(const View& outcome);

}  // namespace leafgate::ctl
