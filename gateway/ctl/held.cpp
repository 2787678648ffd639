// Leaves that wait for an operator.
#include <ostream>

#include "gateway/ctl/deny.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::ctl {
namespace {

// A digest as it can be compared with what a certificate viewer or an enrollment shows.
std::string digest_line(std::string_view name, const std::string& digest) {
  return digest.empty() ? std::string() : "  " + padded(name, 11) + " " + cell(digest, 64) + "\n";
}

}  // namespace

std::string held_text(const View& told, const Paint& paint, WallTime now) {
  std::string out;
  for (const View& leaf : told.list("held")) {
    const View reason = leaf.at("reason");
    const bool is_alarm = reason.text("code") != "held-for-approval";
    const std::string id = cell(named(leaf), 54);
    out += (is_alarm ? paint.bad(id) : paint.bold(id)) + " " + cell(reason.text("code"), 20) + "\n";
    out += "  " + padded("from", 11) + " " + cell(leaf.text("source"), 46) + "\n";
    if (leaf.has("otherPlace"))
      out += "  " + padded("and from", 11) + " " + cell(leaf.text("otherPlace"), 46) + "\n";
    if (leaf.has("client")) out += "  " + padded("client", 11) + " " + cell(leaf.text("client"), 64) + "\n";
    out += "  " + padded("shows", 11) + " " + cell(leaf.text("attestation"), 20) + "\n";
    out += digest_line("SHA-256", leaf.text("fingerprint"));
    out += digest_line("before", leaf.text("earnedBy"));
    out += "  " + padded("since", 11) + " " + ago(leaf.text("since"), now) + ", heard " +
           counted(leaf.number("times"), "time", "times") + ", last " + ago(leaf.text("last"), now) + "\n";
    if (is_alarm) out += paragraph(reason.text("text") + ". " + reason.text("nextAction"), 2);
  }
  if (out.empty()) return "no leaf is held\n";
  return out + "compare with the device, then: leafgatectl approve ID, or reject ID\n";
}

int show_held(const Session& session) {
  const Answered got = ask(session, "/v1/held");
  if (!got.document) return got.exit;
  session.out << (session.json ? got.body : held_text(got.document->root(), session.paint, session.now));
  return Exit::yes;
}

int approve_leaf(const Session& session, const std::string& id, const std::string& credential) {
  Question question;
  question.method = "POST";
  question.target = "/v1/held/" + percent_encode(id) + "/approve";
  if (!credential.empty()) question.target += "?credential=" + percent_encode(credential);
  question.because = session.because;
  const Answered got = answer_of(session, session.daemon.ask(question));
  if (!got.document) return got.exit;
  if (session.json) {
    session.out << got.body;
    return Exit::yes;
  }
  const View root = got.document->root();
  session.out << paragraph(named(root) + ": " + root.text("done"), 0);
  for (const std::string& line : root.texts("lifts"))  // to be copied, as below
    session.out << "  " << cell(line, line.size()) << "\n";
  for (const std::string& line : root.texts("toDo")) {
    // A command is to be copied: it stays one line.
    if (line.starts_with("az "))
      session.out << "\n  " << cell(line, line.size()) << "\n\n";
    else
      session.out << paragraph(line, 0);
  }
  return Exit::yes;
}

int reject_leaf(const Session& session, const std::string& id) {
  Question question;
  question.method = "POST";
  question.target = "/v1/held/" + percent_encode(id) + "/reject";
  question.because = session.because;
  const Answered got = answer_of(session, session.daemon.ask(question));
  if (!got.document) return got.exit;
  const View root = got.document->root();
  session.out << (session.json ? got.body : paragraph(named(root) + ": " + root.text("done"), 0));
  return Exit::yes;
}

}  // namespace leafgate::ctl
