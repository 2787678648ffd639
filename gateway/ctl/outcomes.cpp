#include <array>
#include <optional>
#include <ostream>

#include "gateway/ctl/outage_verbs.hpp"
#include "gateway/ctl/pages.hpp"
#include "gateway/ctl/whole_file.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::array<const char*, 7> states{"queued",   "provisional", "needs-the-leaf", "confirmed",
                                            "re-homed", "refused",     "conflict"};

std::string quoted(const std::string& text) {
  std::string out = "\"";
  // A program of sheets takes a text that begins so for a formula.
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) out += '\'';
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string next_text(const View& outcome) {
  const std::string next = outcome.at("state").text("nextAction");
  return next.empty() ? next : paragraph("next: " + next, 4);
}

std::string told_text(const View& outcome) {
  if (!outcome.has("told")) return {};
  return outcome.flag("told") ? "yes" : "no";
}

std::string outage_text(const View& outage, WallTime now) {
  std::string out = outage.text("begun").substr(0, 16) + "Z";
  const bool is_reckoned = outage.flag("datesReckoned");  // the clock was not trusted
  if (outage.has("ended"))
    out += " to " + outage.text("ended").substr(0, 16) + "Z";
  else if (is_reckoned)
    out = "since a time that is not known";
  else
    out += ", " + lasting(outage.text("begun"), now);
  if (is_reckoned && outage.has("poweredSeconds"))
    out += " (" + span_text(Seconds(outage.number("poweredSeconds"))) + " by the hours meter)";
  const View made = outage.at("promised");
  const View came_to = outage.at("cameTo");
  std::string promised;
  std::string ends;
  for (const char* state : states) {
    if (made.number(state) > 0)
      promised += (promised.empty() ? "" : ", ") + std::to_string(made.number(state)) + " " + state;
    if (came_to.number(state) > 0)
      ends += (ends.empty() ? "" : ", ") + std::to_string(came_to.number(state)) + " " + state;
  }
  out += promised.empty() ? ": nothing was promised" : ": promised " + promised;
  return paragraph(ends.empty() ? out : out + "; came to " + ends, 2);
}

}  // namespace

std::string outcomes_text(const View& told, const Paint& paint, WallTime now) {
  const View counts = told.at("counts");
  std::string out;
  for (const char* state : states)
    if (counts.number(state) > 0)
      out += (out.empty() ? "" : ", ") + std::to_string(counts.number(state)) + " " + state;
  std::string head = paragraph(out.empty() ? "nothing was promised while the service was away" : out, 0);
  head.pop_back();
  out = paint.bold(head) + "\n";
  if (const auto untold = counts.number("untold"); untold > 0)
    out += paragraph(
        counted(untold, "leaf has", "leaves have") + " yet to hear what became of it, at the next contact",
        0);
  const auto outages = told.list("outages");
  if (!outages.empty()) out += "\n" + paint.bold("Outages") + "\n";
  for (const View& outage : outages) out += outage_text(outage, now);
  return out;
}

Table outcomes_table(const std::vector<View>& first, std::size_t room, WallTime now) {
  const auto row = [now](const View& outcome) {
    const std::string state = outcome.at("state").text("code");
    const Cell::Shade shade = state == "confirmed" ? nullptr : &Paint::warn;
    return std::vector<Cell>{leaf_cell(outcome),
                             {state, {}, shade},
                             {outcome.at("reason").text("code")},
                             {ago(outcome.text("promisedAt"), now)}};
  };
  return {{{"", least_id, Cut::middle}, {"", 14}, {"", 14}, {"", 14}}, row, first, room};
}

std::string outcomes_csv_head() {
  return "registrationId,promised,state,reason,toldOrKnownHub,toldOrKnownDeviceId,settledHub,"
         "settledDeviceId,promisedAt,settledAt,told,nextAction,label\r\n";
}

std::string outcome_csv(const View& outcome) {
  const View known = outcome.at("toldOrKnown");
  const View settled = outcome.at("settled");
  std::string out = quoted(outcome.text("registrationId"));
  for (const std::string& text :
       {outcome.text("promised"), outcome.at("state").text("code"), outcome.at("reason").text("code"),
        known.text("assignedHub"), known.text("deviceId"), settled.text("assignedHub"),
        settled.text("deviceId"), outcome.text("promisedAt"), outcome.text("settledAt"), told_text(outcome),
        outcome.at("state").text("nextAction"), outcome.text("label")})
    out += "," + quoted(text);
  return out + "\r\n";
}

int show_outcomes(const Session& session, const OutcomesAsked& asked) {
  const bool csv = !asked.file.empty();
  std::optional<WholeFile> file;
  if (csv && asked.file != "-") file.emplace(asked.file, 0600);
  const auto put = [&](const std::string& line) {
    if (file)
      file->add(line);
    else
      session.out << line;
  };
  if (csv) put(outcomes_csv_head());
  std::int64_t rows = 0;
  bool first = true;
  std::optional<Table> table;
  const EachPage each = [&](const View& page, const std::string& body) {
    const bool text = !session.json && !csv;
    if (session.json && !csv) session.out << body;
    if (text && first) session.out << outcomes_text(page, session.paint, session.now);
    first = false;
    const auto outcomes = page.list("outcomes");
    if (text && !table && !outcomes.empty()) {
      table.emplace(outcomes_table(outcomes, session.wide, session.now));
      session.out << "\n";
    }
    for (const View& outcome : outcomes) {
      ++rows;
      if (csv) put(outcome_csv(outcome));
      if (text) session.out << table->line(outcome, session.paint) << next_text(outcome);
    }
    return true;
  };
  std::string target = listing("/v1/outcomes");
  add_parameter(target, "state", asked.state);
  const int exit = walk_pages(session, target, each);
  const bool none_of_state = exit == Exit::yes && !session.json && rows == 0 && !asked.state.empty();
  if (none_of_state && !csv) session.out << "\nnone is " << visible(asked.state) << "\n";
  if (exit != Exit::yes || !file) return exit;
  file->name();
  if (!file->trouble().empty()) {
    session.err << "leafgatectl: " << visible(file->trouble()) << "\n";
    return Exit::no;
  }
  session.out << "wrote " << counted(rows, "outcome", "outcomes") << "\n";
  return Exit::yes;
}

int clear_outcomes(const Session& session, const std::string& state) {
  Question question;
  question.method = "DELETE";
  question.target = "/v1/outcomes";
  if (!state.empty()) question.target += "?state=" + percent_encode(state);
  question.because = session.because;
  const Answered got = answer_of(session, session.daemon.ask(question));
  if (!got.document) return got.exit;
  if (session.json)
    session.out << got.body;
  else
    session.out << "cleared " << counted(got.document->root().number("cleared"), "outcome", "outcomes")
                << "\n";
  return Exit::yes;
}

}  // namespace leafgate::ctl
