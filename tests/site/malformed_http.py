"""Rows of malformed_test.py for the DPS device API over HTTPS (RFC 9112; device protocol sheet §2)."""


class Row:
    def __init__(self, name, verdict, octets):
        self.name, self.verdict, self._octets = f"http: {name}", verdict, octets

    def octets(self, scope, leaf, token):
        return self._octets(scope, leaf, token) if callable(self._octets) else self._octets


def request(method="PUT", path="/{scope}/registrations/{leaf}/register?api-version=2021-06-01", body=b"{}", fields="",
            version="HTTP/1.1", host="Host: gateway\r\n", length=None, token=None, content_type="application/json"):
    def octets(scope, leaf, good):
        head = f"{method} {path.format(scope=scope, leaf=leaf)} {version}\r\n{host}{fields}"
        head += f"Authorization: {good if token is None else token}\r\n"
        if body or length is not None:
            head += f"Content-Type: {content_type}\r\nContent-Length: {len(body) if length is None else length}\r\n"
        return head.encode("latin-1") + b"\r\n" + body
    return octets


def rows():
    yield Row("an honest register request", "served", request())
    yield Row("without a body", "served", request(body=b""))
    yield Row("HTTP/1.0", "served", request(version="HTTP/1.0"))
    yield Row("Content-Encoding: utf-8", "served", request(fields="Content-Encoding: utf-8\r\n"))
    yield Row("an unknown api-version", "served", request(path="/{scope}/registrations/{leaf}/register?api-version=2099-01-01"))
    for version in ("HTTP/2.0", "HTTP/0.9", "HTTP/1.10", "http/1.1", "HTTP", ""):
        yield Row(f"version {version!r}", "refused", request(version=version))
    for method in ("GET", "POST", "DELETE", "PATCH", "OPTIONS", "put", "TRACE", "CONNECT"):
        yield Row(f"method {method}", "refused", request(method=method))
    yield Row("a method with a blank in front", "refused", request(method=" PUT"))
    yield Row("a method of 2,000 letters", "refused", request(method="P" * 2000))
    for path in ("/", "*", "http://gateway/x", "gateway:443", "/{scope}", "/{scope}/registrations", "/{scope}/registrations/{leaf}/registe",
                 "//{scope}/registrations/{leaf}/register?api-version=1", "/{scope}/registrations/{leaf}/register",
                 "/{scope}/registrations/{leaf}/register?api-version=", "/{scope}/registrations/../register?api-version=1",
                 "/{scope}/registrations/%2e%2e/register?api-version=1", "/{scope}/registrations/{leaf}%00/register?api-version=1",
                 "/{scope}/registrations/{leaf}%/register?api-version=1", "/{scope}/registrations/{leaf}%zz/register?api-version=1",
                 "/{scope}/registrations//register?api-version=1", "/0ne99999999/registrations/{leaf}/register?api-version=1",
                 "/{scope}/registrations/leaf-2/register?api-version=1", "/{scope}/registrations/{leaf}/register/?x#api-version=1",
                 "/{scope}/registrations/" + "a" * 129 + "/register?api-version=1", "/" + "a" * 9000):
        yield Row(f"path {path[:60]}", "refused", request(path=path))
    yield Row("no Host", "refused", request(host=""))
    yield Row("two Hosts", "refused", request(host="Host: a\r\nHost: b\r\n"))
    yield Row("Transfer-Encoding beside Content-Length", "refused", request(fields="Transfer-Encoding: chunked\r\n"))
    yield Row("chunks", "refused", request(body=b"", fields="Transfer-Encoding: chunked\r\n"))
    yield Row("Transfer-Encoding: identity", "refused", request(body=b"", fields="Transfer-Encoding: identity\r\n"))
    yield Row("Transfer-Encoding with a tab", "refused", request(body=b"", fields="Transfer-Encoding:\tchunked\r\n"))
    yield Row("Transfer-Encoding : with a blank before its colon", "refused", request(body=b"", fields="Transfer-Encoding : chunked\r\n"))
    yield Row("two Content-Lengths that differ", "refused", request(fields="Content-Length: 5\r\n"))
    yield Row("two Content-Lengths that agree", "refused", request(fields="Content-Length: 2\r\n"))
    for length in ("-1", "+2", "0x2", "2 ", "2,2", "1e1", "", "99999999999999999999", "two", "²"):
        verdict = "served" if length == "2 " else "refused"  # white space behind a value is none of it (RFC 9110 §5.5)
        yield Row(f"Content-Length {length!r}", verdict, request(length=length))
    yield Row("a body above the limit", "refused", request(body=b"{" + b" " * 20000 + b"}"))
    yield Row("a body that never comes whole is waited for, but not for ever", "closed",
              lambda s, l, t: request(length=50)(s, l, t))
    yield Row("bare line feeds", "refused", lambda s, l, t: request()(s, l, t).replace(b"\r\n", b"\n"))
    yield Row("a bare carriage return in a field", "refused", request(fields="X: a\rb\r\n"))
    yield Row("a folded field", "refused", request(fields="X: a\r\n b\r\n"))
    yield Row("a NUL in a field", "refused", request(fields="X: a\0b\r\n"))
    yield Row("a field without a colon", "refused", request(fields="nonsense\r\n"))
    yield Row("a field without a name", "refused", request(fields=": value\r\n"))
    yield Row("a blank in a field name", "refused", request(fields="X Y: value\r\n"))
    yield Row("40 fields", "refused", request(fields="".join(f"X-{n}: 1\r\n" for n in range(40))))
    yield Row("a field of 9,000 octets", "refused", request(fields="X: " + "x" * 9000 + "\r\n"))
    yield Row("a head that never ends", "refused", lambda s, l, t: b"PUT / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 2000)
    yield Row("two Authorizations", "refused", request(fields="Authorization: again\r\n"))
    for token in ("", "Basic YTpi", "SharedAccessSignature", "SharedAccessSignature sr=&sig=&se=", "Bearer x",
                  "SharedAccessSignature sr=a&sig=b&se=1", "SharedAccessSignature sr=a&sig=b&se=99999999999999999999"):
        yield Row(f"Authorization {token[:40]!r}", "refused", request(token=token))
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json2", "multipart/form-data"):
        yield Row(f"Content-Type {kind}", "refused", request(content_type=kind))
    yield Row("Content-Encoding: gzip", "refused", request(fields="Content-Encoding: gzip\r\n"))
    for name, body in (("half an object", b"{"), ("a list", b"[]"), ("null", b"null"), ("another id", b'{"registrationId":"leaf-2"}'),
                       ("a member twice", b'{"payload":1,"payload":2}'), ("no UTF-8", b'{"payload":"\xff"}'),
                       ("objects 20 deep", b'{"payload":' + b'{"a":' * 20 + b"1" + b"}" * 20 + b"}")):
        yield Row(f"a body of {name}", "refused", request(body=body))
    yield Row("a poll of an operation nobody knows", "refused",
              request("GET", "/{scope}/registrations/{leaf}/operations/5.00.nobody?api-version=1", b""))
    yield Row("a poll of an operation that is none", "refused",
              request("GET", "/{scope}/registrations/{leaf}/operations/a%20b?api-version=1", b""))
    yield Row("a lookup of a leaf that never registered", "refused", request("POST", "/{scope}/registrations/{leaf}?api-version=1"))
    yield Row("a lookup with a csr", "refused", request("POST", "/{scope}/registrations/{leaf}?api-version=1", b'{"csr":"AAAA"}'))
    yield Row("nothing but a line end", "closed", b"\r\n")
    yield Row("MQTT instead of HTTP", "refused", b"\x10\x13\x00\x04MQTT\x04\x02\x00\x3c\x00\x07mistake")
    yield Row("the preface of HTTP/2", "refused", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    yield Row("AMQP", "refused", b"AMQP\x03\x01\x00\x00")
    opening = ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n")
    def upgrade(fields, path="/mqtt", method="GET"):
        return request(method, path, b"", fields)
    yield Row("an upgrade to WebSocket", "served", upgrade(opening))
    yield Row("an upgrade at a path without MQTT", "refused", upgrade(opening, "/chat"))
    yield Row("an upgrade by POST", "refused", upgrade(opening, method="POST"))
    for name, old, new in (("of version 8", "Version: 13", "Version: 8"), ("of no version", "Sec-WebSocket-Version: 13\r\n", ""),
                           ("without key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
                           ("with a short key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhl"), ("for chat", "mqtt", "chat"),
                           ("without a sub-protocol", "Sec-WebSocket-Protocol: mqtt\r\n", ""),
                           ("that does not ask for it in Connection", "Connection: Upgrade", "Connection: close")):
        yield Row(f"an upgrade {name}", "refused", upgrade(opening.replace(old, new)))
    yield Row("an upgrade to HTTP/2", "refused", upgrade("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n", "/"))


HTTP_ROWS = list(rows())
