"""Rows of malformed_test.py for MQTT 3.1.1 (OASIS 2014; section numbers beside what they break)."""

import struct

RESPONSES = "$dps/registrations/res/#"
REGISTER = "$dps/registrations/PUT/iotdps-register/?$rid=1"
POLL = "$dps/registrations/GET/iotdps-get-operationstatus/?$rid=1&operationId="


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">H", len(data)) + data


def length(n):
    out = b""
    while True:
        n, digit = divmod(n, 128)
        out += bytes([digit | (0x80 if n else 0)])
        if not n:
            return out


def packet(first, body):
    return bytes([first]) + length(len(body)) + body


def username(scope, leaf, rest="api-version=2019-03-31"):
    return f"{scope}/registrations/{leaf}/{rest}"


def connect(scope, leaf, token, name="MQTT", level=4, flags=0xC2, keep_alive=60, client_id=None, user=None, fields=None):
    body = text(name) + bytes([level, flags]) + struct.pack(">H", keep_alive) + text(leaf if client_id is None else client_id)
    body += fields if fields is not None else text(username(scope, leaf) if user is None else user) + text(token)
    return packet(0x10, body)


def subscribe(filters=((RESPONSES, 1),), packet_id=1, first=0x82):
    return packet(first, struct.pack(">H", packet_id) + b"".join(text(f) + bytes([qos]) for f, qos in filters))


def publish(topic=REGISTER, body=b"{}", qos=1, packet_id=2, first=None):
    head = text(topic) + (struct.pack(">H", packet_id) if qos else b"")
    return packet(0x30 | qos << 1 if first is None else first, head + body)


class Row:
    """`state`: how far the session is before `octets` are sent: "tls", "connected" or "subscribed"."""

    def __init__(self, state, name, verdict, octets):
        self.state, self.name, self.verdict = state, f"mqtt, {state}: {name}", verdict
        self._octets = octets

    def greeting(self, scope, leaf, token):
        if self.state == "tls":
            return b""
        return connect(scope, leaf, token) + (subscribe() if self.state == "subscribed" else b"")

    @property
    def greeted(self):
        return {"tls": 0, "connected": 4, "subscribed": 9}[self.state]

    def octets(self, scope, leaf, token):
        return self._octets(scope, leaf, token) if callable(self._octets) else self._octets

    @staticmethod
    def answer_of(heard):
        """served or refused by the first packet that says so, None when nothing did yet."""
        while len(heard) >= 2:
            size, shift, at = 0, 0, 1
            while at < len(heard):
                size |= (heard[at] & 0x7F) << shift
                shift, at = shift + 7, at + 1
                if not heard[at - 1] & 0x80:
                    break
            if len(heard) < at + size:
                return None
            kind, body, heard = heard[0] >> 4, heard[at:at + size], heard[at + size:]
            if kind == 2:  # CONNACK; the answer to MQTT 5 has its reason in the same place
                return "refused" if body[1] else "served"
            if kind == 9:
                return "refused" if all(code & 0x80 for code in body[2:]) else "served"
            if kind == 3:
                topic = body[2:2 + struct.unpack(">H", body[:2])[0]].decode()
                return "served" if topic.split("/")[3] in ("200", "202") else "refused"
            if kind in (11, 13):
                return "served"
        return None


def rows():
    def tls(name, verdict, octets):
        return Row("tls", name, verdict, octets)

    def connected(name, verdict, octets):
        return Row("connected", name, verdict, octets)

    def subscribed(name, verdict, octets):
        return Row("subscribed", name, verdict, octets)

    def with_connect(**changes):
        return lambda scope, leaf, token: connect(scope, leaf, token, **changes)

    # before CONNECT: nothing else may come first (§3.1)
    for kind in range(16):
        if kind != 1:
            yield tls(f"packet type {kind} first", "closed", bytes([kind << 4 | (2 if kind in (6, 8, 10) else 0), 2, 0, 1]))
    for flags in range(1, 16):
        yield tls(f"CONNECT with flags {flags} in its first octet", "closed",
                  lambda scope, leaf, token, f=flags: bytes([0x10 | f]) + connect(scope, leaf, token)[1:])
    yield tls("an honest CONNECT", "served", with_connect())
    yield tls("CONNECT one octet at a time would be well, but it stops half way", "closed",
              lambda scope, leaf, token: connect(scope, leaf, token)[:20])
    yield tls("remaining length of five octets", "closed", b"\x10\x80\x80\x80\x80\x01")
    yield tls("remaining length with four continuations", "closed", b"\x10\xff\xff\xff\xff")
    yield tls("remaining length 0 in two octets", "closed", b"\x10\x80\x00")
    yield tls("a CONNECT of 256 MiB", "closed", b"\x10\xff\xff\xff\x7f")
    yield tls("a CONNECT above the limit", "closed", with_connect(user="x" * 5000))
    yield tls("an empty CONNECT", "closed", b"\x10\x00")
    yield tls("a CONNECT that ends after the protocol name", "closed", packet(0x10, text("MQTT")))
    yield tls("a CONNECT that ends after its level", "closed", packet(0x10, text("MQTT") + b"\x04"))
    yield tls("a CONNECT that ends after its flags", "closed", packet(0x10, text("MQTT") + b"\x04\x02"))
    yield tls("a CONNECT that ends in its keep-alive", "closed", packet(0x10, text("MQTT") + b"\x04\x02\x00"))
    yield tls("a CONNECT without client id", "closed", packet(0x10, text("MQTT") + b"\x04\x02\x00\x3c"))
    yield tls("a client id longer than its packet", "closed", packet(0x10, text("MQTT") + b"\x04\x02\x00\x3c\x00\xffleaf"))
    yield tls("octets after the last field", "closed", with_connect(fields=b"\x00\x01u\x00\x01p" + b"more"))
    for name in ("", "MQIsdp", "mqtt", "MQTTT", "HTTP", "M\0TT"):
        yield tls(f"protocol name {name!r}", "closed", with_connect(name=name))
    for level in (0, 1, 2, 6, 127, 255):
        yield tls(f"protocol level {level}", "refused", with_connect(level=level))
    yield tls("protocol level 3 under the name of 3.1.1", "refused", with_connect(level=3))
    yield tls("MQTT 5", "refused", lambda scope, leaf, token: packet(
        0x10, text("MQTT") + b"\x05\x02\x00\x3c\x00" + text(leaf)))
    yield tls("protocol level 132, a bridge", "refused", with_connect(level=132))
    yield tls("the reserved connect flag", "closed", with_connect(flags=0xC3))
    yield tls("will QoS without a will", "closed", with_connect(flags=0xCA))
    yield tls("will retain without a will", "closed", with_connect(flags=0xE2))
    yield tls("will QoS 3", "closed", lambda s, l, t: connect(s, l, t, flags=0xDE, fields=text("w") + text("m") + text("u") + text("p")))
    yield tls("a will", "closed",
              lambda s, l, t: connect(s, l, t, flags=0xC6, fields=text("w") + text("m") + text(username(s, l)) + text(t)))
    yield tls("a will without its message", "closed", with_connect(flags=0x06, fields=text("w")))
    yield tls("a password without a user name", "closed", with_connect(flags=0x42, fields=text("p")))
    yield tls("no user name", "refused", with_connect(flags=0x02, fields=b""))
    yield tls("no password", "served", lambda s, l, t: connect(s, l, t, flags=0x82, fields=text(username(s, l))))
    yield tls("clean session not asked for", "served", with_connect(flags=0xC0))
    yield tls("keep-alive 0", "served", with_connect(keep_alive=0))
    yield tls("keep-alive 65535", "served", with_connect(keep_alive=65535))
    yield tls("an empty client id", "refused", with_connect(client_id=""))
    yield tls("another client id", "refused", with_connect(client_id="leaf-2"))
    yield tls("the client id in upper case", "served", lambda s, l, t: connect(s, l, t, client_id=l.upper()))
    for name, octets in (("an overlong slash", b"leaf\xc0\xaf1"), ("a surrogate", b"leaf\xed\xa0\x80"),
                         ("U+0000", b"leaf\x001"), ("a cut sequence", b"leaf\xe2\x82"), ("above U+10FFFF", b"\xf4\x90\x80\x80"),
                         ("a lone continuation", b"\x80leaf"), ("0xFF", b"\xff\xfe")):
        yield tls(f"{name} in the client id", "closed", with_connect(client_id=octets))
        yield tls(f"{name} in the user name", "closed", with_connect(user=octets))
    for name, user in (("empty", ""), ("without registrations", f"scope/leaf-1/api-version=1"), ("of one part", "leaf-1"),
                       ("without api-version", "0ne00ABCDEF/registrations/leaf-1"),
                       ("with an empty api-version", "0ne00ABCDEF/registrations/leaf-1/api-version="),
                       ("with an id that is none", "0ne00ABCDEF/registrations/-leaf/api-version=1"),
                       ("with a path in its id", "0ne00ABCDEF/registrations/../api-version=1"),
                       ("with a wildcard in its id", "0ne00ABCDEF/registrations/+/api-version=1"),
                       ("with a hash in its scope", "#/registrations/leaf-1/api-version=1"),
                       ("with an id of 200 characters", "0ne00ABCDEF/registrations/" + "a" * 200 + "/api-version=1")):
        yield tls(f"a user name {name}", "refused", with_connect(user=user))

    # after CONNECT
    yield connected("CONNECT again", "closed", with_connect())
    for kind in (0, 2, 5, 6, 7, 9, 11, 13, 15):
        yield connected(f"packet type {kind}, which a server sends or nobody", "closed",
                        bytes([kind << 4 | (2 if kind == 6 else 0), 2, 0, 1]))
    yield connected("PINGREQ", "served", b"\xc0\x00")
    yield connected("PINGREQ with a body", "closed", b"\xc0\x01x")
    yield connected("PINGREQ with flags", "closed", b"\xc1\x00")
    yield connected("DISCONNECT", "closed", b"\xe0\x00")
    yield connected("DISCONNECT with a body", "closed", b"\xe0\x01x")
    yield connected("DISCONNECT with flags", "closed", b"\xe1\x00")
    yield connected("SUBSCRIBE", "served", subscribe())
    yield connected("SUBSCRIBE at QoS 0", "served", subscribe([(RESPONSES, 0)]))
    yield connected("SUBSCRIBE at QoS 2", "served", subscribe([(RESPONSES, 2)]))
    yield connected("SUBSCRIBE at QoS 3", "closed", subscribe([(RESPONSES, 3)]))
    yield connected("SUBSCRIBE with reserved bits beside its QoS", "closed", subscribe([(RESPONSES, 0x81)]))
    yield connected("SUBSCRIBE with flags 0", "closed", subscribe(first=0x80))
    yield connected("SUBSCRIBE with packet id 0", "closed", subscribe(packet_id=0))
    yield connected("SUBSCRIBE to nothing", "closed", packet(0x82, b"\x00\x01"))
    yield connected("SUBSCRIBE without its QoS", "closed", packet(0x82, b"\x00\x01" + text(RESPONSES)))
    yield connected("SUBSCRIBE to an empty filter", "closed", subscribe([("", 1)]))
    for topic in ("#", "+", "$SYS/#", "$dps/registrations/PUT/#", "$dps/registrations/res/+", "$dps/#", "leaf-2/#"):
        yield connected(f"SUBSCRIBE to {topic}", "refused", subscribe([(topic, 1)]))
    yield connected("SUBSCRIBE to one of its own and a foreign filter", "served", subscribe([(RESPONSES, 1), ("a/b", 0)]))
    yield connected("SUBSCRIBE to more filters than anybody needs", "closed", subscribe([(f"a/{n}", 0) for n in range(64)]))
    yield connected("SUBSCRIBE with U+0000 in its filter", "closed", subscribe([(b"a\x00b", 0)]))
    yield connected("UNSUBSCRIBE", "served", packet(0xA2, b"\x00\x01" + text(RESPONSES)))
    yield connected("UNSUBSCRIBE from nothing", "closed", packet(0xA2, b"\x00\x01"))
    yield connected("UNSUBSCRIBE with flags 0", "closed", packet(0xA0, b"\x00\x01" + text(RESPONSES)))
    yield connected("UNSUBSCRIBE with packet id 0", "closed", packet(0xA2, b"\x00\x00" + text(RESPONSES)))
    yield connected("PUBLISH of 256 MiB", "closed", b"\x30\xff\xff\xff\x7f" + text(REGISTER))
    yield connected("PUBLISH above what is read to be refused", "closed", b"\x30" + length(300 * 1024) + text(REGISTER))

    # requests
    yield subscribed("register", "served", publish())
    yield subscribed("register without a body", "served", publish(body=b""))
    yield subscribed("register with a blank", "served", publish(body=b" "))
    yield subscribed("register with retain", "served", publish(first=0x33))
    yield subscribed("register marked as a duplicate", "served", publish(first=0x3A))
    yield subscribed("QoS 0 marked as a duplicate", "closed", publish(qos=0, first=0x38))
    yield subscribed("QoS 2", "closed", publish(qos=2))
    yield subscribed("QoS 3", "closed", publish(qos=3))
    yield subscribed("packet id 0", "closed", publish(packet_id=0))
    yield subscribed("no packet id", "closed", packet(0x32, text(REGISTER)))
    yield subscribed("a topic longer than its packet", "closed", packet(0x30, b"\x01\x00$dps"))
    for topic in ("", "a", "$dps", "$dps/registrations/PUT/iotdps-register", "$dps/registrations/PUT/iotdps-register/",
                  "$dps/registrations/PUT/iotdps-register/?rid=1", "$dps/registrations/PUT/iotdps-register/?$rid=",
                  "$dps/registrations/POST/iotdps-register/?$rid=1", "$dps/registrations/PUT/iotdps-register/?$rid=1&$rid=2",
                  "$dps/registrations/GET/iotdps-register/?$rid=1", "$iothub/twin/GET/?$rid=1", "devices/leaf-1/messages/events/",
                  "$dps/registrations/res/200/?$rid=1", "$DPS/registrations/PUT/iotdps-register/?$rid=1"):
        yield subscribed(f"topic {topic!r}", "closed", publish(topic))
    yield subscribed("a topic with a wildcard", "closed", publish("$dps/registrations/PUT/#"))
    yield subscribed("a topic with U+0000", "closed", publish(b"$dps/\x00"))
    yield subscribed("a topic that is no UTF-8", "closed", publish(b"$dps/\xff"))
    yield subscribed("a topic of 300 octets", "closed", publish(REGISTER + "x" * 260))
    yield subscribed("a topic of many levels", "closed", publish("/" * 40))
    for name, body in (("half an object", b"{"), ("a list", b"[]"), ("a text", b'"x"'), ("a number", b"1"), ("null", b"null"),
                       ("an object and more", b"{}{}"), ("another id", b'{"registrationId":"leaf-2"}'),
                       ("an id that is a number", b'{"registrationId":1}'), ("a member twice", b'{"payload":1,"payload":2}'),
                       ("single quotes", b"{'payload':1}"), ("a trailing comma", b'{"payload":1,}'),
                       ("a comment", b'{"payload":1}//'), ("NaN", b'{"payload":NaN}'), ("a lone surrogate", b'{"payload":"\\ud800"}'),
                       ("no UTF-8", b'{"payload":"\xff"}'), ("a raw control character", b'{"payload":"\x01"}'),
                       ("objects 20 deep", b'{"payload":' + b'{"a":' * 20 + b"1" + b"}" * 20 + b"}"),
                       ("lists 5,000 deep", b'{"payload":' + b"[" * 5000 + b"]" * 5000 + b"}"),
                       ("a csr that is a number", b'{"csr":1}'), ("a body of 20 KiB", b'{"payload":"' + b"x" * 20480 + b'"}')):
        yield subscribed(f"register with {name}", "refused", publish(body=body))
    yield subscribed("a poll of an operation nobody knows", "refused", publish(POLL + "5.0000000000000000.nobody"))
    yield subscribed("a poll without its operation", "refused", publish(POLL))
    yield subscribed("a poll of an operation that is none", "refused", publish(POLL + "a b"))
    yield subscribed("a poll of an operation of 300 characters", "closed", publish(POLL + "a" * 300))
    yield connected("a request before SUBSCRIBE and a PINGREQ", "served", publish() + b"\xc0\x00")
    yield subscribed("PUBACK of what was never sent", "served", b"\x40\x02\x00\x09" + b"\xc0\x00")
    yield subscribed("PUBACK of three octets", "closed", b"\x40\x03\x00\x09\x00")
    yield subscribed("PUBACK with packet id 0 and a PINGREQ", "served", b"\x40\x02\x00\x00" + b"\xc0\x00")


MQTT_ROWS = list(rows())
