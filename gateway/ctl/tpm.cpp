// The gateway's own TPM: how it stands, what to enroll for it, and what an operator decides about it.
#include <ostream>

#include "gateway/ctl/qr_code.hpp"
#include "gateway/ctl/text_file.hpp"
#include "gateway/ctl/verbs.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::size_t cell_width = 62;

std::string state_text(const View& tpm, const Paint& paint) {
  const std::string state = tpm.text("state");
  std::string out = state == "ready" ? paint.good(state)
                    : state == "off" ? state
                                     : paint.bad(cell(state, 16));
  return out;
}

std::string lockout_text(const View& lockout, const Paint& paint) {
  const std::int64_t counter = lockout.number("counter");
  std::string out =
      std::to_string(counter) + " of " + std::to_string(lockout.number("limit")) + " false guesses count";
  if (counter > 0)
    out =
        paint.warn(out + "; one is forgiven every " + span_text(Seconds(lockout.number("recoverySeconds"))));
  return out;
}

std::string secrets_line(const View& secrets, const Paint& paint) {
  std::string how = secrets.text("protection");
  if (how == "tpm") how = "sealed by the TPM";
  if (how == "key-file") how = "sealed by a key file beside the store";
  if (!secrets.flag("open")) how = paint.bad(how + ", and locked");
  if (secrets.text("protection") == "tpm")
    how += secrets.flag("recoveryCopy") ? "; recovery copy kept" : "; no recovery copy";
  return how;
}

int change(const Session& session, const std::string& target, std::string body) {
  Question question;
  question.method = "POST";
  question.target = target;
  question.because = session.because;
  if (!body.empty()) question.content_type = "application/x-pem-file";
  question.body = std::move(body);
  const Answered got = answer_of(session, session.daemon.ask(question));
  if (!got.document) return got.exit;
  session.out << (session.json ? got.body : paragraph(got.document->root().text("done"), 0));
  return Exit::yes;
}

}  // namespace

std::string tpm_text(const View& told, const Paint& paint) {
  const View tpm = told.at("tpm");
  std::string out = labelled("tpm", state_text(tpm, paint));
  if (!tpm.text("detail").empty()) out += paragraph(tpm.text("detail"), 4);
  if (!tpm.text("vendor").empty()) out += labelled("chip", cell(tpm.text("vendor"), cell_width));
  out += labelled("at", cell(told.text("tcti"), cell_width));
  out += labelled("set up", tpm.flag("setUp") ? "yes" : "no: leafgatectl tpm setup");
  if (tpm.has("lockout")) out += labelled("lockout", lockout_text(tpm.at("lockout"), paint));
  out += labelled("secrets", secrets_line(told.at("secrets"), paint));
  if (!told.at("secrets").text("detail").empty()) out += paragraph(told.at("secrets").text("detail"), 4);
  const View checkpoints = told.at("checkpoints");
  if (checkpoints.number("written") > 0) {
    std::string text = std::to_string(checkpoints.number("written")) + " checkpoints, epoch " +
                       std::to_string(told.number("epoch"));
    const std::int64_t open = checkpoints.number("unsigned");
    if (open > 0) text += ", " + std::to_string(open) + " not signed yet";
    out += labelled("log", text);
  }
  out += labelled("commands", std::to_string(tpm.number("commands")) + " since start, " +
                                  std::to_string(tpm.number("waiting")) + " waiting");
  if (told.has("doubt")) {
    const View doubt = told.at("doubt");
    out += "\n" + paint.bad(visible(doubt.text("code"))) + "\n" + paragraph(doubt.text("text"), 2) +
           paragraph("next: " + doubt.text("nextAction"), 2);
  }
  return out;
}

std::string tpm_identity_text(const View& told, const Paint& paint) {
  std::string out = paint.bold("Enroll this gateway as an individual enrollment of type TPM:") + "\n\n";
  out += "  registration ID\n    " + cell(told.text("registrationId"), 128) + "\n";
  out += "  endorsement key\n";
  const std::string key = told.text("endorsementKey");
  for (std::size_t at = 0; at < key.size(); at += 72) out += "    " + cell(key.substr(at, 72), 72) + "\n";
  const View own = told.at("registration");
  std::string state = own.text("state");
  if (state == "off") state = "off; gateway.identity = \"tpm\" turns it on";
  if (state == "assigned")
    state = paint.good(state) + " to " + cell(own.text("assignedHub"), 50) + " as " +
            cell(own.text("deviceId"), 40);
  out += "\n  its own registration: " + state + "\n";
  if (!own.text("detail").empty()) out += paragraph(own.text("detail"), 4);
  return out;
}

int show_tpm(const Session& session) {
  const Answered got = ask(session, "/v1/tpm");
  if (!got.document) return got.exit;
  session.out << (session.json ? got.body : tpm_text(got.document->root(), session.paint));
  return Exit::yes;
}

int show_tpm_identity(const Session& session, const IdentityQuestion& question) {
  const Answered got = ask(session, "/v1/tpm/identity");
  if (!got.document) return got.exit;
  if (session.json) {
    session.out << got.body;
    return Exit::yes;
  }
  const View told = got.document->root();
  if (question.signing_key) {
    if (told.text("signingKey").empty()) {
      session.err << "leafgatectl: there is no attestation key yet: leafgatectl tpm setup\n";
      return Exit::no;
    }
    session.out << told.text("signingKey");
    return Exit::yes;
  }
  if (!question.qr) {
    session.out << tpm_identity_text(told, session.paint);
    return Exit::yes;
  }
  const auto picture = qr_code(told.text("registrationId") + "," + told.text("endorsementKey"));
  if (!picture) {
    session.err << "leafgatectl: " << picture.error().detail << "\n";
    return Exit::no;
  }
  session.out << *picture;
  return Exit::yes;
}

int set_up_tpm(const Session& session, const std::string& recovery_file) {
  std::string key;
  if (!recovery_file.empty()) {
    auto read = read_text(recovery_file);
    if (!read || read->empty()) {
      session.err << "leafgatectl: " << recovery_file << " cannot be read\n";
      return Exit::no;
    }
    key = std::move(*read);
  } else if (!session.json) {
    session.err << "leafgatectl: without --recovery FILE the store's secrets end with this TPM\n";
  }
  return change(session, "/v1/tpm/setup", std::move(key));
}

int accept_tpm(const Session& session) { return change(session, "/v1/tpm/accept", {}); }

}  // namespace leafgate::ctl
