// All that who helps from afar would ask for, in one file, and nothing that lets anybody in: only what the
// daemon tells over its socket, which has no key and no token in it, and what the system says of itself.
#include <array>
#include <cstdio>
#include <memory>
#include <ostream>

#include <sys/utsname.h>

#include "gateway/ctl/handover.hpp"
#include "gateway/ctl/pages.hpp"
#include "gateway/ctl/progress.hpp"
#include "gateway/ctl/text_file.hpp"
#include "gateway/ctl/whole_file.hpp"
#include "gateway/model/percent.hpp"
#include "gateway/model/version.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::size_t most_explained = 200;
constexpr std::size_t most_pages = 20;  // of devices in trouble, of changes
constexpr std::size_t most_said = 4 << 20;

struct Part {
  const char* name;
  const char* target;
};
// What an older or smaller daemon does not have is told as missing in the list of contents.
constexpr auto parts = std::to_array<Part>({
    {"status.json", "/v1/status"},
    {"config.json", "/v1/config"},
    {"metrics.txt", "/metrics"},
    {"devices.json", "/v1/registrations?limit=1000"},
    {"events.json", "/v1/events/kept"},
    {"strangers.json", "/v1/strangers"},
    {"queue.json", "/v1/queue?limit=1000"},
    {"enrollments.json", "/v1/enrollments?limit=1000"},
    {"expected.json", "/v1/expected?limit=1000"},
    {"audit.json", "/v1/audit?limit=1000"},
    {"lines.json", "/v1/lines"},
    {"tpm.json", "/v1/tpm"},
    {"names.json", "/v1/names"},
    {"checkpoint.json", "/v1/checkpoint"},
    {"sync.json", "/v1/sync"},
    {"deny.json", "/v1/deny"},
    {"outcomes.json", "/v1/outcomes?limit=1000"},
    {"held.json", "/v1/held"},
});

std::string system_text() {
  std::string out = "leafgatectl " + std::string(version()) + "\n";
  utsname system{};
  if (::uname(&system) == 0)
    out.append(system.sysname)
        .append(" ")
        .append(system.release)
        .append(" ")
        .append(system.machine)
        .append("\n");
  for (const char* file : {"/etc/os-release", "/proc/meminfo", "/proc/loadavg", "/proc/uptime"})
    out.append("\n# ").append(file).append("\n").append(read_text(file).value_or("cannot be read\n"));
  return out;
}

// What a command says, as far as it is not too long.
std::string said_by(const std::string& command) {
  const auto close = [](FILE* stream) { ::pclose(stream); };
  const std::unique_ptr<FILE, decltype(close)> stream(::popen(command.c_str(), "r"), close);
  std::string out;
  std::array<char, 4096> room{};
  while (stream && out.size() < most_said) {
    const std::size_t got = std::fread(room.data(), 1, room.size(), stream.get());
    if (got == 0) break;
    out.append(room.data(), got);
  }
  return out;
}

// The daemon's own lines, which name no secret; empty where there is no journal, or it is not for this user.
std::string journal_text() {
  return said_by("journalctl --quiet --no-pager -u leafgate -n 2000 -o short-iso 2>/dev/null");
}

// What keeps a daemon from starting is often this; its mistakes name no secret, for they go into its journal.
std::string configuration_text() { return said_by("'" + daemon_program() + "' --check-config 2>&1"); }

bool is_in_trouble(const View& device) {
  return device.text("status") != "assigned" || !device.flag("offline");
}

// The files of one archive, in memory: some megabytes at most.
class Archive {
 public:
  Archive(const Session& session, Progress& progress)
      : session_(session), progress_(progress), tar_(session.now) {}

  void add(const std::string& name, std::string_view content) {
    tar_.add("leafgate-support/" + name, content);
    contents_ += name + ": " + std::to_string(content.size()) + " octets\n";
    ++count_;
  }

  // Gives the answer, or nothing; what is missing stands in the list of contents.
  std::optional<Document> fetch(const std::string& name, const std::string& target) {
    progress_.tell("collecting " + name);
    const auto reply = session_.daemon.get(target);
    if (!reply || reply->status != 200) {
      contents_ +=
          name + ": none (" + (reply ? std::to_string(reply->status) : visible(reply.error().detail)) + ")\n";
      return std::nullopt;
    }
    add(name, reply->body);
    auto document = Document::parse(reply->body);
    return document ? std::optional(std::move(*document)) : std::nullopt;
  }

  std::string end() {
    tar_.add("leafgate-support/CONTENTS", contents_);
    return tar_.end();
  }
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  const Session& session_;
  Progress& progress_;
  TarText tar_;
  std::string contents_;
  std::size_t count_ = 0;
};

// Those of all pages that are not as they should be, each explained.
void add_troubled(const Session& session, Archive& archive, const View& first_page) {
  std::vector<std::string> troubled;
  std::size_t pages = 0;
  const EachPage look = [&](const View& page, const std::string&) {
    for (const View& device : page.list("registrations"))
      if (is_in_trouble(device) && troubled.size() < most_explained)
        troubled.push_back(device.text("registrationId"));
    return ++pages < most_pages && troubled.size() < most_explained;
  };
  // What is not told is left out: the archive says how much it has.
  if (const std::string next = first_page.text("next"); look(first_page, {}) && !next.empty())
    (void)walk_pages(session.daemon, listing("/v1/registrations"), next, look);
  for (std::size_t i = 0; i < troubled.size(); ++i) {
    const std::string name = "explain/" + std::to_string(i + 1) + ".json";
    (void)archive.fetch(name, "/v1/registrations/" + percent_encode(troubled[i]));
  }
}

// A page goes from the oldest on; what matters is most often the newest.
void add_newer_changes(Archive& archive, std::string next) {
  for (std::size_t page = 2; !next.empty() && page <= most_pages; ++page) {
    std::string target = "/v1/audit?limit=1000";
    add_parameter(target, "after", next);
    const auto document = archive.fetch("audit-" + std::to_string(page) + ".json", target);
    next = document ? document->root().text("next") : std::string();
  }
}

}  // namespace

int make_support_archive(const Session& session, const std::string& file) {
  Progress progress(session);
  Archive archive(session, progress);
  archive.add("system.txt", system_text());
  const auto status = session.daemon.get("/v1/status");
  if (!status)  // an archive of a daemon that does not run is worth having: the journal says why
    session.err << "leafgatectl: the daemon does not answer (" << visible(status.error().detail)
                << "); the archive has what the system tells\n";
  if (!status) archive.add("check-config.txt", configuration_text());
  if (status)
    for (const Part& part : parts) {
      const auto document = archive.fetch(part.name, part.target);
      if (document && std::string_view(part.name) == "devices.json")
        add_troubled(session, archive, document->root());
      if (document && std::string_view(part.name) == "audit.json")
        add_newer_changes(archive, document->root().text("next"));
    }
  progress.tell("collecting journal");
  archive.add("journal.txt", journal_text());
  const std::string octets = archive.end();
  WholeFile written(file, 0600);
  written.add(octets);
  written.name();
  progress.end();
  if (!written.trouble().empty()) {
    session.err << "leafgatectl: " << visible(written.trouble()) << "\n";
    return Exit::no;
  }
  session.out << paragraph("wrote " + file + ": " + std::to_string(archive.count()) + " files, " +
                               std::to_string((octets.size() + 1023) / 1024) + " KiB",
                           0)
              << paragraph(
                     "It names leaves, hubs, addresses and who changed what, and holds no key, token or "
                     "password.",
                     0);
  return Exit::yes;
}

}  // namespace leafgate::ctl
