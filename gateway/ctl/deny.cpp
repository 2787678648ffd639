// Who is kept out here.
#include "gateway/ctl/deny.hpp"

#include <functional>
#include <ostream>

#include "adapters/wire/json_text.hpp"
#include "gateway/ctl/deny_words.hpp"
#include "gateway/ctl/text_file.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::ctl {
namespace {

std::string entry_lines(const std::vector<View>& entries, std::int64_t all) {
  std::string out;
  for (const View& entry : entries) {
    for (const char* kind : {"registrationId", "endorsementKey", "certificate"}) {
      if (entry.text(kind).empty()) continue;
      const std::string until = entry.text("until");
      constexpr std::size_t before = 16;
      out += " " + padded(kind, 14) + " " +
             paragraph(with_label(entry, entry.text(kind)), before).substr(before);
      if (!until.empty())
        out += " " + padded("", 14) + (entry.flag("ended") ? " ended " : " until ") +
               cell(until.substr(0, 19), 19) + "Z\n";
    }
  }
  const std::int64_t more = all - static_cast<std::int64_t>(entries.size());
  if (more > 0) out += " and " + std::to_string(more) + " more\n";
  return out;
}

// The entries that the operator names, of whichever kind.
Result<std::vector<Denial>> entries_of(const DenyEntryQuestion& question) {
  std::vector<Denial> out;
  if (!question.id.empty()) {
    auto made = make_denial(DenyKind::registration_id, question.id);
    if (!made) return made.error();
    out.push_back(std::move(*made));
  }
  if (!question.certificate.empty()) {
    auto made = denied_certificates(question.certificate);
    if (!made) return made.error();
    for (Denial& one : *made) out.push_back(std::move(one));
  }
  if (!question.endorsement_key.empty()) {
    auto made = denied_endorsement_key(question.endorsement_key);
    if (!made) return made.error();
    out.push_back(std::move(*made));
  }
  return out;
}

std::string ended_text(const View& effect) {
  return counted(effect.number("connectionsEnded"), "connection", "connections") + " ended, " +
         counted(effect.number("operationsRefused"), "waiting operation", "waiting operations") + " refused";
}

// Asks for one change after the other; the first that is refused ends it.
int change_each(const Session& session, const DenyEntryQuestion& asked,
                const std::function<Question(const Denial&)>& question_of, bool tells_effect) {
  if (asked.id.empty() && asked.certificate.empty() && asked.endorsement_key.empty()) {
    (void)refuse(session, "name a registrationId, --certificate or --endorsement-key");
    return Exit::usage;
  }
  const auto entries = entries_of(asked);
  if (!entries) return refuse(session, entries.error().detail);
  for (const Denial& entry : *entries) {
    Question question = question_of(entry);
    question.because = session.because;
    const Answered got = answer_of(session, session.daemon.ask(question));
    if (!got.document) return got.exit;
    const View root = got.document->root();
    std::string said = with_label(root, entry.value) + ": " + root.text("done");
    if (tells_effect) said += "; " + ended_text(root);
    session.out << (session.json ? got.body : paragraph(said, 0));
  }
  return Exit::yes;
}

}  // namespace

std::string denials_text(const View& told, const Paint& paint) {
  std::string out;
  if (told.has("number"))
    out += paint.bold("signed list " + std::to_string(told.number("number"))) + ", taken " +
           cell(told.text("taken").substr(0, 19), 19) + "Z, " +
           counted(told.number("listedCount"), "entry", "entries") + "\n";
  else
    out += std::string("no signed list is held") +
           (told.flag("takesLists") ? "" : ", and none is taken: deny.signer is not set") + "\n";
  out += entry_lines(told.list("listed"), told.number("listedCount"));
  out += paint.bold("added here") + ", " + counted(told.number("localCount"), "entry", "entries") + "\n";
  out += entry_lines(told.list("local"), told.number("localCount"));
  if (told.has("fetchTrouble")) out += paint.bad(paragraph("deny.url: " + told.text("fetchTrouble"), 0));
  return out;
}

int show_denials(const Session& session) {
  const Answered got = ask(session, "/v1/deny?limit=1000");
  if (!got.document) return got.exit;
  session.out << (session.json ? got.body : denials_text(got.document->root(), session.paint));
  return Exit::yes;
}

int import_denials(const Session& session, const std::string& file) {
  const auto text = read_text(file);
  if (!text) return refuse(session, file + " cannot be read");
  Question question;
  question.method = "POST";
  question.target = "/v1/deny";
  question.body = *text;
  question.content_type = "application/json";
  question.because = session.because;
  const Answered got = answer_of(session, session.daemon.ask(question));
  if (!got.document) return got.exit;
  const View root = got.document->root();
  const std::string list = "list " + std::to_string(root.number("number")) + ", " +
                           counted(root.number("entries"), "entry", "entries");
  std::string said = list + ": " + root.text("done");
  if (root.flag("changed")) said += "; " + ended_text(root);
  session.out << (session.json ? got.body : paragraph(said, 0));
  return Exit::yes;
}

int add_denial(const Session& session, const DenyEntryQuestion& question) {
  const auto question_of = [&question](const Denial& entry) {
    wire::json::ObjectWriter body;
    body.text(to_text(entry.kind), entry.value);
    if (!question.until.empty()) body.text("until", question.until);
    Question out;
    out.method = "POST";
    out.target = "/v1/deny/entries";
    out.body = body.str();
    out.content_type = "application/json";
    return out;
  };
  return change_each(session, question, question_of, true);
}

int remove_denial(const Session& session, const DenyEntryQuestion& question) {
  const auto question_of = [](const Denial& entry) {
    Question out;
    out.method = "DELETE";
    out.target = "/v1/deny/entries/" + std::string(to_text(entry.kind)) + "/" + percent_encode(entry.value);
    return out;
  };
  return change_each(session, question, question_of, false);
}

}  // namespace leafgate::ctl
