// The service's list of enrollments, taken in: begun, watched, shown.
#include <ostream>

#include "gateway/ctl/progress.hpp"
#include "gateway/ctl/verbs.hpp"

namespace leafgate::ctl {
namespace {

constexpr Millis look_at_sync_every{500};

constexpr std::size_t sync_label_width = 12;

std::string sync_line(std::string_view label, const std::string& text) {
  const std::string body = paragraph(text.empty() ? "-" : text, sync_label_width);
  return "  " + padded(label, sync_label_width - 2) + body.substr(sync_label_width);
}

std::string sync_counts_text(const View& counts) {
  std::string out = std::to_string(counts.number("read")) + " read, " +
                    std::to_string(counts.number("changed")) + " changed";
  if (counts.number("removed") > 0) out += ", " + std::to_string(counts.number("removed")) + " gone";
  if (counts.number("keptOut") > 0)
    out += ", " + std::to_string(counts.number("keptOut")) + " not understood";
  return out;
}

// Of a list that is being read, and perhaps for the second time. How many records it has is known from the
// reading before alone, which may be a day old.
std::string reading_text(const View& run) {
  const bool again = run.flag("again");
  const std::int64_t read = run.number("read");
  std::string out = (again ? "second reading: " : "") + std::to_string(read);
  if (run.number("of") >= read && run.has("of"))
    out += (again ? " of " : " of about ") + std::to_string(run.number("of"));
  out += " read";
  if (!again || run.number("changed") > 0) out += ", " + std::to_string(run.number("changed")) + " changed";
  if (run.number("keptOut") > 0) out += ", " + std::to_string(run.number("keptOut")) + " not understood";
  return out;
}

std::string why_again(const View& run) {
  const std::int64_t missing = run.number("missing");
  return counted(missing, "record that is", "records that are") + " held here " +
         (missing == 1 ? "was" : "were") + " not in the first reading, and " +
         (missing == 1 ? "goes" : "go") + " unless this one has " + (missing == 1 ? "it" : "them");
}

std::string phase_text(const View& told) {
  const std::string phase = told.text("phase");
  const std::string again = told.at("run").flag("again") ? " a second time" : "";
  if (phase == "idle") return "nothing to do";
  if (phase == "listing-groups") return "reads the list of groups" + again;
  if (phase == "listing-individuals") return "reads the list of individual enrollments" + again;
  if (phase == "switching") return "switches to the list";
  if (phase == "keys-of-groups") return "asks for the keys of groups";
  if (phase == "learning") return "takes in where leaves are";
  if (phase == "reading-states") return "reads where leaves of groups are";
  if (phase == "keys-of-leaves") return "asks for the keys of leaves";
  return visible(phase);
}

std::string renewals_text(const std::string& state) {
  if (state == "asks") return "leaves are asked about one by one when their trust needs it";
  if (state == "stands-back") return "nobody is asked about: the list confirms leaves";
  if (state == "cannot") return "nobody can be asked about";
  return visible(state);
}

bool is_listing(const View& told) {
  const std::string phase = told.text("phase");
  return phase == "listing-groups" || phase == "listing-individuals" || phase == "switching";
}

std::string progress_text(const View& told) {
  const View run = told.at("run");
  std::string out = phase_text(told) + ": " + (is_listing(told) ? reading_text(run) : sync_counts_text(run));
  if (told.flag("waitsForService")) return out + "; waits for the service";
  if (const auto waits = told.number("waitsForSeconds"); waits > 0)
    out += "; waits " + span_text(Seconds(waits));
  return out;
}

// Runs that were completed, also over a restart of the daemon, which counts them anew.
class Runs {
 public:
  explicit Runs(const View& before) : count_(before.number("runs")), at_(last_of(before)) {}

  bool one_more(const View& told) {
    const std::int64_t now = told.number("runs");
    if (now < count_) count_ = 0;
    return now > count_ || last_of(told) != at_;
  }

 private:
  static std::string last_of(const View& told) { return told.at("completed").text("at"); }
  std::int64_t count_;
  std::string at_;
};

}  // namespace

std::string sync_text(const View& told, const Paint& paint) {
  const std::string waits = told.flag("waitsForService") ? ", once the service is back" : "";
  std::string out = sync_line("now", phase_text(told) + waits);
  const View run = told.at("run");
  if (is_listing(told)) {
    std::string so_far = reading_text(run);
    const std::int64_t left = run.number("endsInSeconds");
    if (left > 0 && waits.empty()) so_far += ", about " + span_text(Seconds(left)) + " more";
    out += sync_line("so far", so_far);
    if (run.flag("again")) out += sync_line("again", why_again(run));
  }
  const View keys = told.at("keys");
  std::string left = std::to_string(keys.number("left")) + " to be asked for";
  if (keys.number("endsInSeconds") > 0) left += ", about " + span_text(Seconds(keys.number("endsInSeconds")));
  out += sync_line("keys", left);
  const View leaves = told.at("leaves");
  std::string told_leaves = std::to_string(leaves.number("confirmed")) + " confirmed, " +
                            std::to_string(leaves.number("learnt")) + " learnt, " +
                            std::to_string(leaves.number("rehomed")) + " moved";
  if (leaves.number("left") > 0)
    told_leaves += ", " + std::to_string(leaves.number("left")) + " to be learnt";
  if (leaves.number("notUnderstood") > 0)
    told_leaves += ", " + std::to_string(leaves.number("notUnderstood")) + " not understood";
  out += sync_line("leaves", told_leaves);
  if (told.has("renewals")) out += sync_line("renewals", renewals_text(told.text("renewals")));
  const View last = told.at("completed");
  out += sync_line("last", told.has("completed")
                               ? cell(last.text("at").substr(0, 19), 19) + "Z" + ": " + sync_counts_text(last)
                               : "never");
  if (told.has("nextInSeconds"))
    out += sync_line("next", "in " + span_text(Seconds(told.number("nextInSeconds"))));
  out += sync_line("pace", std::to_string(told.number("perMinute")) + " requests a minute");
  for (const std::string& what : run.texts("notUnderstood"))
    out += paint.warn("  " + padded("record", sync_label_width - 2) + cell(what, 66)) + "\n";
  for (const View& group : told.list("missingCas")) {
    std::string names;
    for (const std::string& name : group.texts("missing"))
      names.append(names.empty() ? "" : ", ").append(name);
    out += paint.warn("  " + padded("group", sync_label_width - 2) +
                      cell(group.text("group") + ": import the certificate of " + names, 66)) +
           "\n";
  }
  if (told.has("trouble")) {
    const View trouble = told.at("trouble");
    out += "\n" + paint.bad(visible(trouble.text("code"))) + "\n" + paragraph(trouble.text("text"), 2) +
           paragraph(trouble.text("detail"), 2) + paragraph("next: " + trouble.text("nextAction"), 2);
  }
  return out;
}

int show_sync(const Session& session) {
  const Answered got = ask(session, "/v1/sync");
  if (!got.document) return got.exit;
  session.out << (session.json ? got.body : sync_text(got.document->root(), session.paint));
  return Exit::yes;
}

int sync_now(const Session& session) {
  const Answered before = ask(session, "/v1/sync");
  if (!before.document) return before.exit;
  Runs runs(before.document->root());
  Question question;
  question.method = "POST";
  question.target = "/v1/sync";
  question.because = session.because;
  const Answered begun = answer_of(session, session.daemon.ask(question));
  if (!begun.document) return begun.exit;
  Progress progress(session);
  while (true) {
    const Answered got = ask(session, "/v1/sync");
    if (!got.document) return got.exit;
    const View told = got.document->root();
    const bool switched = runs.one_more(told);
    const bool waits = told.flag("waitsForService");
    if (switched || waits || told.has("trouble")) {
      progress.end();
      session.out << (session.json ? got.body : sync_text(told, session.paint));
      if (waits && !switched)
        session.err << "leafgatectl: the service is away; it goes on by itself when it is back\n";
      return switched ? Exit::yes : Exit::no;
    }
    const std::string where = progress_text(told);
    if (progress.tell(where) && !session.on_terminal && !session.json)
      session.out << where << "\n" << std::flush;
    if (!Daemon::rest(look_at_sync_every)) {
      progress.end();
      return Exit::yes;  // it goes on by itself
    }
  }
}

}  // namespace leafgate::ctl
