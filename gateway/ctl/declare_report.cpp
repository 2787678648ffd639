// The page of the site.
#include "gateway/ctl/declare.hpp"

namespace leafgate::ctl {

void declare_report(CLI::App& app, Arguments& given, Verb& verb) {
  CLI::App* report =
      app.add_subcommand("report", "the page of the site: one HTML file, to be read or printed");
  report->add_option("file", given.file, "where to; - is standard output")->required();
  report->callback([&] { verb = [&given](const Session& s) { return write_report(s, given.file); }; });
}

}  // namespace leafgate::ctl
