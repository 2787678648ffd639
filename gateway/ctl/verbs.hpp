#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/attestation/receipt_proof.hpp"
#include "gateway/crypto/secret.hpp"
#include "gateway/ctl/daemon.hpp"
#include "gateway/ctl/reading.hpp"
#include "gateway/ctl/table.hpp"
#include "gateway/ctl/terminal.hpp"

// One function per verb, one file per verb. Each asks the daemon, tells people (or gives the route's answer
// untouched with `json`) and returns the exit status of the program.
namespace leafgate::ctl {

// `unproven`: a receipt that nothing is wrong with, and that no TPM has signed.
enum Exit : int { yes = 0, no = 1, usage = 2, unreachable = 3, unproven = 4 };

struct Session {
  const Daemon& daemon;
  std::ostream& out;
  std::ostream& err;
  WallTime now{};
  bool json = false;
  Paint paint{false};
  std::string because = {};
  bool on_terminal = false;    // of `err`: progress may be shown
  bool may_draw = false;       // `out` and the keyboard are a terminal that can be drawn on
  bool utf8 = false;           // and shows more than ASCII
  std::size_t wide = columns;  // the room of a table
};

struct DevicesQuestion {
  std::string state;
  std::string match;
  std::string expiring = {};  // "60d": less trust left than this
};

struct AuditQuestion {
  std::string since;  // "7d", or a time; empty: all
  std::string file;   // to export to, as the daemon's JSON; empty: shown
};

struct DeriveQuestion {
  std::string key_file;  // the group key in base64; - is standard input
  std::vector<std::string> ids;
  std::string ids_file;  // one a line, '#' begins a remark; - is standard input
  bool csv = false;
};

struct NamesQuestion {
  std::string format;                  // hosts, dnsmasq, unbound, bind; empty: a table for people
  std::vector<std::string> addresses;  // instead of those the daemon listens on
};

struct IdentityQuestion {
  bool qr = false;           // as a picture for a camera
  bool signing_key = false;  // the attestation key alone, PEM
};

struct LinkIdentityQuestion {
  std::string line;  // must be one; empty: of whichever
  bool qr = false;   // the pin as a picture for a camera
};

struct HubTokenQuestion {
  std::string id;
  std::string life;  // "30m"; empty: an hour
};

struct SocketUnitQuestion {
  std::vector<std::string> addresses;  // empty: as the configuration says
  std::string config;                  // empty: the usual one
};

struct OfflineQuestion {
  std::string file;       // the backup
  std::string key_file;   // its private key
  std::string state_dir;  // empty: as the configuration says
  std::string config;     // empty: the usual one
  bool force = false;
  bool yes = false;
};

// Whether an option is a span like 30d, or was not given; says on `err` what is wrong with it.
[[nodiscard]] bool is_span(const Session& session, std::string_view option, const std::string& text);

int show_status(const Session& session);
int show_devices(const Session& session, const DevicesQuestion& question);
int explain(const Session& session, const std::string& id_or_address);
// `group` is for a file of certificates: the CAs of which group they are; empty: each is a leaf's.
int import_enrollments(const Session& session, const std::string& file, const std::string& group,
                       const std::string& ca = {});
int list_enrollments(const Session& session);
// As a file that can be imported, without keys; `file` empty: shown.
int export_enrollments(const Session& session, const std::string& file);
int show_enrollment(const Session& session, const std::string& id);
int remove_enrollment(const Session& session, const std::string& id, const std::string& kind);
int derive_enrollments(const Session& session, const DeriveQuestion& question);  // asks no daemon
// The receipt of a leaf, as a file: to `file`, or shown where that is empty.
int fetch_receipt(const Session& session, const std::string& id, const std::string& file);
// Checks a receipt file against an attestation key (PEM, or TPM2B_PUBLIC in base64). Asks no daemon.
int verify_receipt(const Session& session, const std::string& file, const std::string& key_file);
int show_strangers(const Session& session);
int show_queue(const Session& session);
int retry_queued(const Session& session, const std::string& id);
int drop_queued(const Session& session, const std::string& id);
int refresh(const Session& session, const std::string& id);
int forget(const Session& session, const std::string& id);
// Until the list counts; ends with 1 when it cannot be read.
int sync_now(const Session& session);
int show_sync(const Session& session);
int show_audit(const Session& session, const AuditQuestion& question);
int show_metrics(const Session& session);
int show_names(const Session& session, const NamesQuestion& question);
int show_tpm(const Session& session);
int show_tpm_identity(const Session& session, const IdentityQuestion& question);
int set_up_tpm(const Session& session, const std::string& recovery_file);  // empty: without a recovery copy
int accept_tpm(const Session& session);
int show_lines(const Session& session);
int show_link_identity(const Session& session, const LinkIdentityQuestion& question);
int release_line(const Session& session, const std::string& name);
int claim_line(const Session& session, const std::string& name);
// The token alone, for scripts; the rest of the answer as JSON.
int make_hub_token(const Session& session, const HubTokenQuestion& asked);
// To the public key in `key_file`.
int make_backup(const Session& session, const std::string& file, const std::string& key_file);
// Ends this program for the daemon's, beside it or else by PATH. Returns only when that cannot be run.
int become_daemon(const Session& session, std::vector<std::string> arguments);
// Both become it (leafgated --restore, --wipe).
int restore_backup(const Session& session, const OfflineQuestion& question);
int wipe_state(const Session& session, const OfflineQuestion& question);
[[nodiscard]] std::string daemon_program();                         // beside this program, else by PATH
int write_report(const Session& session, const std::string& file);  // the page of the site
// The drop-in for leafgate.socket (leafgated --socket-unit, or of these addresses).
int write_socket_unit(const Session& session, const SocketUnitQuestion& question);
// Until Ctrl-C, also across restarts of the daemon. A view that draws where that is possible, lines where not
// or where `plain` lines are asked for.
int watch(const Session& session, const std::string& match, bool plain);
int watch_live(const Session& session, const std::string& match);  // unsupported terminal: Exit::no

// The answer as JSON when the daemon said yes; else says why not on `err` and gives the exit status.
struct Answered {
  std::optional<Document> document;
  int exit = Exit::yes;
  std::string body;  // as it came
  int status = 0;    // HTTP
};
[[nodiscard]] Answered answer_of(const Session& session, const Result<Reply>& reply);
[[nodiscard]] Answered ask(const Session& session, const std::string& target);

// How a verb ended, once what it told has been taken: where it was not, says so on `err`, and gives Exit::no.
int told_whole(const Session& session, int exit);

// Says on `err` why not; gives Exit::no.
int refuse(const Session& session, const std::string& why);

// What people read, from what the routes say. Pure. Tables are of `room` columns.
[[nodiscard]] Table devices_table(const std::vector<View>& first, std::size_t room, WallTime now);
[[nodiscard]] Table queue_table(const std::vector<View>& first, std::size_t room);
[[nodiscard]] Table enrollments_table(const std::vector<View>& first, std::size_t room);
[[nodiscard]] Table strangers_table(const std::vector<View>& first, std::size_t room, WallTime now);
// The gateway by its name, site and labels: "gw12 at plant-3 (line=A)".
[[nodiscard]] std::string gateway_text(const View& status);
[[nodiscard]] std::string status_text(const View& status, const Paint& paint, WallTime now);
// The id, and behind it what people call the leaf: "press-04 Press 4". Whatever names a leaf to people does
// it in this way; `with_label` where the id stands under another name than registrationId.
[[nodiscard]] std::string named(const View& leaf);
[[nodiscard]] std::string with_label(const View& of, const std::string& id);
[[nodiscard]] std::string explanation_text(const View& told, const Paint& paint, WallTime now);
[[nodiscard]] std::string stranger_text(const View& told, const Paint& paint, WallTime now);
[[nodiscard]] std::string enrollment_text(const View& enrollment, const Paint& paint);
[[nodiscard]] std::string tpm_text(const View& told, const Paint& paint);
[[nodiscard]] std::string tpm_identity_text(const View& told, const Paint& paint);
[[nodiscard]] std::string sync_text(const View& told, const Paint& paint);
[[nodiscard]] std::string lines_text(const View& told, const Paint& paint, std::size_t room = columns);
[[nodiscard]] std::string link_identity_text(const View& told, const Paint& paint);
// One line or the broker in a sentence, for the status too: as they are, not escaped.
[[nodiscard]] std::string line_word(const View& line);
[[nodiscard]] std::string broker_word(const View& broker);
[[nodiscard]] bool is_line_trouble(const View& line);
[[nodiscard]] bool is_broker_trouble(const View& broker);
[[nodiscard]] std::string link_text(const View& link);  // by which of them a leaf comes; not escaped
[[nodiscard]] std::string audit_text(const View& entry, const Paint& paint, WallTime now);
// Every name at every address, for a resolver: "hosts", "dnsmasq", "unbound" or "bind".
[[nodiscard]] std::string names_text(const std::vector<std::string>& names,
                                     const std::vector<std::string>& addresses, std::string_view format);
[[nodiscard]] std::string event_line(std::string_view kind, const View& event, const Paint& paint,
                                     std::size_t room = columns);
// An enrollment file with the keys of these ids under a group key, JSON or CSV. Errors: malformed (an id).
Result<std::string> derived_enrollments(const crypto::Secret& group_key, const std::vector<std::string>& ids,
                                        bool csv);

// What a receipt file shows, checked against the text of a key file. Errors: malformed, refused.
struct CheckedReceipt {
  ReceiptProof proof;
  ReceiptCheck check;
};
Result<CheckedReceipt> checked_receipt(std::string_view receipt, std::string_view key);

// Server-sent events, taken out of a text that comes in pieces.
class EventBlocks {
 public:
  struct Block {
    std::string kind;
    std::string data;
  };
  [[nodiscard]] std::vector<Block> take(std::string_view text);    // without heartbeats
  [[nodiscard]] const std::string& last() const { return last_; }  // id of the newest event

 private:
  std::string unread_;
  std::string last_;
};

// The same as lines for people, or their data as lines of JSON.
class EventReader {
 public:
  EventReader(const Paint& paint, bool json, std::size_t room = columns)
      : paint_(paint), json_(json), room_(room) {}
  [[nodiscard]] std::string take(std::string_view text);
  [[nodiscard]] const std::string& last() const { return blocks_.last(); }

 private:
  Paint paint_;
  bool json_;
  std::size_t room_;
  EventBlocks blocks_;
};

}  // namespace leafgate::ctl
