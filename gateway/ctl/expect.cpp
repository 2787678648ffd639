// The commissioning list: which leaves the site shall have, and which of them are done.
#include <ostream>

#include "gateway/ctl/handover.hpp"
#include "gateway/ctl/text_file.hpp"
#include "gateway/model/percent.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::size_t id_width = 24;
constexpr std::size_t label_width = 20;
constexpr std::size_t state_width = 11;
constexpr std::size_t where_width = 22;

std::string where_of(const View& leaf) {
  if (leaf.has("seenAt")) return leaf.text("seenAt");
  return leaf.has("place") ? "expected " + leaf.text("place") : std::string("-");
}

// What keeps it from being done, and what to do.
std::string advice(const View& leaf, WallTime now) {
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
    if (leaf.has("nearestMissing")) out += "; is it " + leaf.text("nearestMissing") + ", misspelt?";
    if (leaf.has("missingHere")) out += "; " + leaf.text("missingHere") + " is expected here and missing";
  }
  if (leaf.has("note")) out += (out.empty() ? "" : "; ") + leaf.text("note");
  return out.empty() ? out : paragraph(out, 4);
}

std::string coloured(const std::string& state, const Paint& paint) {
  const std::string shown = padded(state, state_width);
  if (state == "done") return paint.good(shown);
  return state == "missing" || state == "wrong-place" ? paint.bad(shown) : paint.warn(shown);
}

void add_count(std::string& out, const View& counts, const char* name, const char* word) {
  if (const std::int64_t n = counts.number(name); n > 0) out += ", " + std::to_string(n) + " " + word;
}

}  // namespace

std::string expected_progress(const View& counts) {
  std::string out =
      std::to_string(counts.number("done")) + " of " + std::to_string(counts.number("expected")) + " done";
  add_count(out, counts, "missing", "missing");
  add_count(out, counts, "waiting", "waiting");
  add_count(out, counts, "wrongPlace", "in a wrong place");
  add_count(out, counts, "unknown", "not on the list");
  return out + "\n";
}

std::string expected_head(const Paint& paint) {
  return paint.bold(padded("REGISTRATION ID", id_width) + " " + padded("LABEL", label_width) + " " +
                    padded("STATE", state_width) + " WHERE") +
         "\n";
}

std::string expected_line(const View& leaf, const Paint& paint, WallTime now) {
  const std::string id = leaf.has("registrationId") ? leaf.text("registrationId") : "(no name)";
  return padded(id, id_width) + " " + padded(leaf.text("label"), label_width) + " " +
         coloured(leaf.text("state"), paint) + " " + end_cell(where_of(leaf), where_width) + "\n" +
         advice(leaf, now);
}

int show_expected(const Session& session, const std::string& state) {
  std::string after;
  std::int64_t shown = 0;
  bool first = true;
  do {
    std::string target = "/v1/expected?limit=1000";
    if (!state.empty()) target += "&state=" + percent_encode(state);
    if (!after.empty()) target += "&after=" + percent_encode(after);
    const Answered got = ask(session, target);
    if (!got.document) return got.exit;
    const View page = got.document->root();
    after = page.text("next");
    if (session.json) {
      session.out << got.body;
      continue;
    }
    const View counts = page.at("counts");
    if (first && counts.number("expected") == 0) {
      session.out << "there is no list; leafgatectl expect import FILE\n";
      return Exit::yes;
    }
    if (first) session.out << session.paint.bold(expected_progress(counts));
    first = false;
    for (const View& leaf : page.list("leaves")) {
      // Who asks for no state wants to know what is left to do.
      if (state.empty() && leaf.text("state") == "done") continue;
      if (shown++ == 0) session.out << "\n" << expected_head(session.paint);
      session.out << expected_line(leaf, session.paint, session.now);
    }
  } while (!after.empty());
  if (!session.json && shown == 0 && !state.empty()) session.out << "none is " << log::escape(state) << "\n";
  return Exit::yes;
}

int import_expected(const Session& session, const std::string& file) {
  const auto text = read_text(file);
  if (!text) {
    session.err << "leafgatectl: " << log::escape(file) << " cannot be read\n";
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
