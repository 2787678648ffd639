#pragma once

#include "adapters/status/routes.hpp"
#include "gateway/net/http_message.hpp"

// One function per route, one file per group. Each gives a whole answer, also of errors. The references must
// live until it has ended.
namespace leafgate::status {

Task<net::HttpResponse> get_status(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

// ?state=&match=&after=&limit=
Task<net::HttpResponse> list_registrations(const RoutesPorts&, const net::HttpRequest&,
                                           const net::HttpTarget&);
Task<net::HttpResponse> explain_registration(const RoutesPorts&, const net::HttpRequest&,
                                             const net::HttpTarget&);
Task<net::HttpResponse> explain_stranger(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

// ?kind=individual|group&after=&limit=
Task<net::HttpResponse> list_enrollments(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);
// The body is an enrollment file, JSON or CSV, or one of certificates, PEM or DER (?group= for the CAs of a
// group); all of it is taken, or nothing.
Task<net::HttpResponse> import_enrollments(const RoutesPorts&, const net::HttpRequest&,
                                           const net::HttpTarget&);

Task<net::HttpResponse> get_metrics(const RoutesPorts&, const net::HttpRequest&, const net::HttpTarget&);

}  // namespace leafgate::status
