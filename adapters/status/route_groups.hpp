#pragma once

#include "adapters/status/routes.hpp"
#include "gateway/net/http_message.hpp"

// One function per route, one file per group. Each gives a whole answer, also of errors. The references must
// live until it has ended.
namespace leafgate::status {

// For those that say what helps: whether the service can be reached, which nobody is sent after then.
Task<bool> service_is_up(const RoutesPorts&);

// ?refresh=no. The page of the site for people (report.hpp).
Task<net::HttpResponse> get_report(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

Task<net::HttpResponse> get_status(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
// What the leaves' resolver must answer.
Task<net::HttpResponse> list_names(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

// ?state=&match=&expiring=60d&after=&limit=
Task<net::HttpResponse> list_registrations(const RoutesPorts&, const net::HttpRequest&,
                                           const net::HttpTarget&);
Task<net::HttpResponse> explain_registration(const RoutesPorts&, const net::HttpRequest&,
                                             const net::HttpTarget&);
// A receipt file (wire/receipt_file.hpp), to be kept as it is.
Task<net::HttpResponse> get_receipt(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
// The newest of the log; its hash, kept elsewhere, shows later whether the log was set back.
Task<net::HttpResponse> get_checkpoint(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
Task<net::HttpResponse> explain_stranger(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

Task<net::HttpResponse> list_strangers(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

// What an operator does to one leaf, whose id is the second segment behind v1.
Task<net::HttpResponse> refresh_registration(const RoutesPorts&, const net::HttpRequest&,
                                             const net::HttpTarget&);
Task<net::HttpResponse> forget_registration(const RoutesPorts&, const net::HttpRequest&,
                                            const net::HttpTarget&);
// ?for=30m. A token for the hub of this leaf.
Task<net::HttpResponse> make_hub_token(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
Task<net::HttpResponse> list_queue(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
Task<net::HttpResponse> retry_queued(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
Task<net::HttpResponse> drop_queued(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

// ?for=21d&leaf=ID. What would come of it if the uplink went now and stayed away for so long. Of certificates
// that end: `certificates` of an entry of `notAnswered`, `certificate` of `nextToDropOut` (`whose` is own,
// enrolled or authority), `endUnknown`, and `gatewayCertificatesEnding`; absent where there are none. Which
// leaves are turned away now for want of a certificate to show: `turnedAway`, all or others (than those that
// ask for a name with one of its own).
Task<net::HttpResponse> get_what_if(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
// ?state=&after=&limit= what was promised while the service was away, and what came of it
Task<net::HttpResponse> list_outcomes(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
// Those that are settled; ?state= all of one state.
Task<net::HttpResponse> clear_outcomes(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

// ?match= part of an id, an address or a reason. Goes on after the field Last-Event-ID.
Task<net::HttpResponse> watch_events(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

// ?since=TIME&after=SEQUENCE&limit=
Task<net::HttpResponse> list_audit(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

// ?kind=individual|group&after=&limit=&records=true, as a file would have them
Task<net::HttpResponse> list_enrollments(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
// The body is an enrollment file, JSON or CSV, or one of certificates, PEM or DER (?group= for the CAs of a
// group); all of it is taken, or nothing.
Task<net::HttpResponse> import_enrollments(const RoutesPorts&, net::HttpRequest, const net::HttpTarget&);

Task<net::HttpResponse> show_enrollment(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
// ?kind=individual|group where both have the name
Task<net::HttpResponse> remove_enrollment(const RoutesPorts&, const net::HttpRequest&,
                                          const net::HttpTarget&);

// The gateway's own TPM. Set-up takes the PEM of a recovery key, or nothing.
Task<net::HttpResponse> get_tpm(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
Task<net::HttpResponse> get_tpm_identity(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
Task<net::HttpResponse> set_up_tpm(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
Task<net::HttpResponse> accept_tpm(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

// Serial lines and the site's broker. A line's name may hold what paths are made of: encode it.
Task<net::HttpResponse> list_lines(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
// By what leaves without IP know this gateway.
Task<net::HttpResponse> get_link_identity(const RoutesPorts&, const net::HttpRequest&,
                                          const net::HttpTarget&);
Task<net::HttpResponse> release_line(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
Task<net::HttpResponse> claim_line(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

// The body is the PEM of a public key; the answer an envelope to it, as long as Content-Length says.
Task<net::HttpResponse> make_backup(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

// Who is kept out (wire/deny_list.hpp). The body of an import is the signed file, that of an entry one entry
// as it would stand in a list; removed are only those that were added here.
Task<net::HttpResponse> list_denials(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
Task<net::HttpResponse> import_denials(const RoutesPorts&, net::HttpRequest, const net::HttpTarget&);
Task<net::HttpResponse> add_denial(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
Task<net::HttpResponse> remove_denial(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
// Leaves that wait for an operator. ?credential= says which, where one shows several.
Task<net::HttpResponse> list_held(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
Task<net::HttpResponse> approve_leaf(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
Task<net::HttpResponse> reject_leaf(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
// The service's list of enrollments: how far it is taken in; and to begin that now.
Task<net::HttpResponse> get_sync(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
Task<net::HttpResponse> start_sync(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
// The commissioning list. ?state=&after=&limit=; the body is the list, CSV or JSON, all of it or nothing.
Task<net::HttpResponse> list_expected(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
Task<net::HttpResponse> import_expected(const RoutesPorts&, net::HttpRequest, const net::HttpTarget&);
Task<net::HttpResponse> clear_expected(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
// Whether the gateway can do its work, tried now: it makes connections, so it is for who may change things.
Task<net::HttpResponse> run_check(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
// The events that are kept still, oldest first: a moment of what v1/events tells for ever.
Task<net::HttpResponse> list_kept_events(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
// What is configured, without what is secret; and the certificates shown to leaves.
Task<net::HttpResponse> get_config(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

Task<net::HttpResponse> get_metrics(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

}  // namespace leafgate::status
