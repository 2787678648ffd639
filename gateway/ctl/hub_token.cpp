// What a bridge needs to speak for a leaf at its hub.
#include <ostream>

#include "gateway/ctl/verbs.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::ctl {

int make_hub_token(const Session& session, const HubTokenQuestion& asked) {
  if (!is_span(session, "--for", asked.life)) return Exit::usage;
  Question question;
  question.method = "POST";
  question.target = "/v1/registrations/" + percent_encode(asked.id) + "/hub-token";
  if (!asked.life.empty()) question.target += "?for=" + percent_encode(asked.life);
  question.because = session.because;
  const Answered got = answer_of(session, session.daemon.ask(question));
  if (!got.document) return got.exit;
  session.out << (session.json ? got.body : got.document->root().text("token") + "\n");
  return Exit::yes;
}

}  // namespace leafgate::ctl
