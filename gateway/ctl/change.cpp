// What an operator does to one leaf, one enrollment or one line.
#include <ostream>

#include "gateway/ctl/verbs.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::ctl {
namespace {

int change(const Session& session, const std::string& method, const std::string& target,
           const std::string& id) {
  Question question;
  question.method = method;
  question.target = target;
  question.because = session.because;
  const Answered got = answer_of(session, session.daemon.ask(question));
  if (!got.document) return got.exit;
  const View root = got.document->root();
  session.out << (session.json ? got.body : paragraph(with_label(root, id) + ": " + root.text("done"), 0));
  return Exit::yes;
}

}  // namespace

int refresh(const Session& session, const std::string& id) {
  return change(session, "POST", "/v1/registrations/" + percent_encode(id) + "/refresh", id);
}

int forget(const Session& session, const std::string& id) {
  return change(session, "DELETE", "/v1/registrations/" + percent_encode(id), id);
}

int retry_queued(const Session& session, const std::string& id) {
  return change(session, "POST", "/v1/queue/" + percent_encode(id) + "/retry", id);
}

int drop_queued(const Session& session, const std::string& id) {
  return change(session, "DELETE", "/v1/queue/" + percent_encode(id), id);
}

int release_line(const Session& session, const std::string& name) {
  return change(session, "POST", "/v1/lines/" + percent_encode(name) + "/release", name);
}

int claim_line(const Session& session, const std::string& name) {
  return change(session, "POST", "/v1/lines/" + percent_encode(name) + "/claim", name);
}

int remove_enrollment(const Session& session, const std::string& id, const std::string& kind) {
  const std::string which = kind.empty() ? "" : "?kind=" + percent_encode(kind);
  return change(session, "DELETE", "/v1/enrollments/" + percent_encode(id) + which, id);
}

}  // namespace leafgate::ctl
