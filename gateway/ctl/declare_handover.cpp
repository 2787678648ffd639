// What a site is handed over with.
#include "gateway/ctl/declare.hpp"
#include "gateway/ctl/handover.hpp"

namespace leafgate::ctl {
namespace {

void declare_expect(CLI::App& app, Arguments& given, Verb& verb) {
  CLI::App* expect = app.add_subcommand("expect", "the leaves this site shall have: which are done");
  expect->require_subcommand(1);
  expect->fallthrough();
  CLI::App* taking = expect->add_subcommand("import", "take a list in, in place of the one before");
  taking
      ->add_option("file", given.file,
                   "CSV: registrationId,label,place,line,note; or JSON;\n- is standard input")
      ->required();
  taking->callback([&] { verb = [&given](const Session& s) { return import_expected(s, given.file); }; });
  CLI::App* list = expect->add_subcommand("list", "how far it is, and what is left to do");
  list->add_option("--state", given.kind, "done, wrong-place, waiting, missing or unknown")
      ->check(one_of({"done", "wrong-place", "waiting", "missing", "unknown"}));
  list->callback([&] { verb = [&given](const Session& s) { return show_expected(s, given.kind); }; });
  expect->add_subcommand("clear", "the site is handed over: forget the list")->callback([&] {
    verb = clear_expected;
  });
}

}  // namespace

void declare_handover(CLI::App& app, Arguments& given, Verb& verb) {
  declare_expect(app, given, verb);
  CLI::App* check = app.add_subcommand("check", "try whether all works; exit 0 only when it does");
  check->add_flag("--firewall", given.check.firewall, "what must be open, and who holds which port");
  check->add_option("--port", given.check.ports, "with --firewall: another port to look at");
  check->callback([&] { verb = [&given](const Session& s) { return run_check(s, given.check); }; });
  CLI::App* archive =
      app.add_subcommand("support-archive", "all that who helps will ask for, without a secret, as tar");
  archive->add_option("file", given.file, "where to")->required();
  archive->callback(
      [&] { verb = [&given](const Session& s) { return make_support_archive(s, given.file); }; });
}

}  // namespace leafgate::ctl
