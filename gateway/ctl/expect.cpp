// The commissioning list: which leaves the site shall have, and which of them are done.
#include <algorithm>
#include <optional>
#include <ostream>

#include "gateway/ctl/handover.hpp"
#include "gateway/ctl/pages.hpp"
#include "gateway/ctl/text_file.hpp"

namespace leafgate::ctl {
namespace {

std::string id_of(const View& leaf) {
  return leaf.has("registrationId") ? leaf.text("registrationId") : std::string("(no name)");
}

// Of another leaf that a member of this one names.
std::string other_leaf(const View& leaf, const std::string& member) {
  const std::string id = leaf.text(member);
  const std::string label = leaf.text(member + "Label");
  return label.empty() ? id : id + " (" + label + ")";
}

std::string where_of(const View& leaf) {
  if (leaf.has("seenAt")) return leaf.text("seenAt");
  return leaf.has("place") ? "expected " + leaf.text("place") : std::string("-");
}

Cell::Shade shade_of(const std::string& state) {
  if (state == "done") return &Paint::good;
  return state == "missing" || state == "wrong-place" ? &Paint::bad : &Paint::warn;
}

void add_count(std::string& out, const View& counts, const char* name, const char* word) {
  if (const std::int64_t n = counts.number(name); n > 0) out += ", " + std::to_string(n) + " " + word;
}

}  // namespace

// What keeps it from being done, and what to do.
std::string expected_advice(const View& leaf, WallTime now) {
  const std::string state = leaf.text("state");
  const View reason = leaf.at("reason");
  std::string out;
  if (state == "wrong-place") {
    out = "expected at " + leaf.text("place") + ", answered from " + leaf.text("seenAt") + " " +
          ago(leaf.text("lastSeen"), now);
  } else if (state == "waiting") {
    out = reason.text("code") + ", " + ago(leaf.text("lastSeen"), now);
    if (reason.has("nextAction")) out += ": " + reason.text("nextAction");
  } else if (state == "unknown") {
    out = reason.text("code");
    if (leaf.has("nearestMissing")) out += "; is it " + other_leaf(leaf, "nearestMissing") + ", misspelt?";
    if (leaf.has("missingHere"))
      out += "; " + other_leaf(leaf, "missingHere") + " is expected here and missing";
  }
  if (leaf.has("note")) out += (out.empty() ? "" : "; ") + leaf.text("note");
  return out.empty() ? out : paragraph(out, 4);
}

std::string expected_progress(const View& counts) {
  std::string out =
      std::to_string(counts.number("done")) + " of " + std::to_string(counts.number("expected")) + " done";
  add_count(out, counts, "missing", "missing");
  add_count(out, counts, "waiting", "waiting");
  add_count(out, counts, "wrongPlace", "in a wrong place");
  add_count(out, counts, "unknown", "not on the list");
  return out + "\n";
}

Table expected_table(const std::vector<View>& first, std::size_t room) {
  const auto row = [](const View& leaf) {
    const std::string state = leaf.text("state");
    return std::vector<Cell>{
        {id_of(leaf)}, {leaf.text("label")}, {state, {}, shade_of(state)}, {where_of(leaf)}};
  };
  return {{{"REGISTRATION ID", least_id, Cut::middle},
           {"LABEL", least_label, Cut::end, label_yields_to},
           {"STATE", 11},
           {"WHERE", 14, Cut::beginning}},
          row,
          first,
          room};
}

int show_expected(const Session& session, const std::string& state) {
  std::int64_t rows = 0;
  bool first = true;
  bool is_there = true;
  std::optional<Table> table;
  const EachPage each = [&](const View& page, const std::string& body) {
    if (session.json) {
      session.out << body;
      return true;
    }
    const View counts = page.at("counts");
    is_there = !first || counts.number("expected") > 0;
    if (!is_there) return false;
    if (first) session.out << session.paint.bold(expected_progress(counts));
    first = false;
    auto leaves = page.list("leaves");
    // Who asks for no state wants to know what is left to do.
    if (state.empty()) std::erase_if(leaves, [](const View& leaf) { return leaf.text("state") == "done"; });
    if (!table && !leaves.empty()) {
      table.emplace(expected_table(leaves, session.wide));
      session.out << "\n" << table->head(session.paint);
    }
    for (const View& leaf : leaves)
      session.out << table->line(leaf, session.paint) << expected_advice(leaf, session.now);
    rows += static_cast<std::int64_t>(leaves.size());
    return true;
  };
  std::string target = listing("/v1/expected");
  add_parameter(target, "state", state);
  const int exit = walk_pages(session, target, each);
  if (exit != Exit::yes || session.json) return exit;
  if (!is_there)
    session.out << "there is no list; leafgatectl expect import FILE\n";
  else if (rows == 0 && !state.empty())
    session.out << "none is " << visible(state) << "\n";
  return Exit::yes;
}

int import_expected(const Session& session, const std::string& file) {
  const auto text = read_text(file);
  if (!text) {
    session.err << "leafgatectl: " << visible(file) << " cannot be read\n";
    return Exit::no;
  }
  Question question;
  question.method = "POST";
  question.target = "/v1/expected";
  question.body = *text;
  question.content_type = looks_like_json(*text) ? "application/json" : "text/csv";
  question.because = session.because;
  const Answered got = answer_of(session, session.daemon.ask(question));
  if (!got.document) return got.exit;
  if (session.json)
    session.out << got.body;
  else
    session.out << counted(got.document->root().number("expected"), "leaf is", "leaves are")
                << " expected here; leafgatectl expect list tells how far it is\n";
  return Exit::yes;
}

int clear_expected(const Session& session) {
  Question question;
  question.method = "DELETE";
  question.target = "/v1/expected";
  question.because = session.because;
  const Answered got = answer_of(session, session.daemon.ask(question));
  if (!got.document) return got.exit;
  session.out << (session.json ? got.body : got.document->root().text("done") + "\n");
  return Exit::yes;
}

}  // namespace leafgate::ctl
