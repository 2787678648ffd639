"""Leaves that do it wrongly, or on purpose: the wire by hand, from an address of their own. 127.0.0.0/8 is all loopback,
so that a test may come from as many sources as it likes."""

import base64
import hashlib
import hmac
import socket
import ssl
import time
import urllib.parse

from site_processes import SCOPE

RESPONSES = "$dps/registrations/res/#"


def token(registration_id: str, key: str, scope=SCOPE, expires=None) -> str:
    resource = urllib.parse.quote(f"{scope}/registrations/{registration_id}", safe="")
    expires = int(time.time()) + 3600 if expires is None else expires
    mac = hmac.new(base64.b64decode(key), f"{resource}\n{expires}".encode(), hashlib.sha256).digest()
    signature = urllib.parse.quote(base64.b64encode(mac).decode(), safe="")
    return f"SharedAccessSignature sr={resource}&sig={signature}&se={expires}&skn=registration"


def user_name(registration_id: str, scope=SCOPE, rest="/api-version=2019-03-31&ClientVersion=2019-03-31") -> str:
    return f"{scope}/registrations/{registration_id}{rest}"


def text(words) -> bytes:
    data = words.encode() if isinstance(words, str) else words
    return len(data).to_bytes(2, "big") + data


def packet(first: int, body: bytes) -> bytes:
    length, size = b"", len(body)
    while True:
        size, low = divmod(size, 128)
        length += bytes([low | (128 if size else 0)])
        if not size:
            return bytes([first]) + length + body


def connect_packet(client_id: str, user: str, password: str, level=4, keep_alive=60) -> bytes:
    properties = b"\0" if level == 5 else b""
    flags = 0x02 | (0x80 if user else 0) | (0x40 if password else 0)
    body = text("MQTT") + bytes([level, flags]) + keep_alive.to_bytes(2, "big") + properties + text(client_id)
    return packet(0x10, body + (text(user) if user else b"") + (text(password) if password else b""))


def subscribe_packet(topic=RESPONSES) -> bytes:
    return packet(0x82, b"\0\1" + text(topic) + b"\1")


def register_packet(body=b"{}", request="1") -> bytes:
    return packet(0x32, text(f"$dps/registrations/PUT/iotdps-register/?$rid={request}") + b"\0\2" + body)


def poll_packet(operation: str, request="2") -> bytes:
    topic = f"$dps/registrations/GET/iotdps-get-operationstatus/?$rid={request}&operationId={operation}"
    return packet(0x32, text(topic) + b"\0\3")


def trusting(ca_file=None, **options) -> ssl.SSLContext:
    """A TLS client context: of the site's CA, or of nobody in particular."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file:
        context.load_verify_locations(ca_file)
    else:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for name, value in options.items():
        setattr(context, name, value)
    return context


def dial(port: int, source: str, context=None, server_name="localhost", seconds=15):
    """A connection from that address: plain, or through TLS."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=seconds, source_address=(source, 0))
    return context.wrap_socket(plain, server_hostname=server_name) if context else plain


def read_some(connection) -> bytes:
    """What comes next; empty at any kind of end."""
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def read_until(connection, word: bytes) -> bytes:
    """Everything up to and with `word`, or up to the end."""
    heard = b""
    while word not in heard:
        more = read_some(connection)
        if not more:
            break
        heard += more
    return heard


def register(port: int, source: str, context, registration_id: str, password: str, scope=SCOPE) -> bytes:
    """One whole visit up to the first answer; gives what was heard."""
    with dial(port, source, context) as leaf:
        leaf.sendall(connect_packet(registration_id, user_name(registration_id, scope), password))
        if not read_some(leaf):
            return b""
        leaf.sendall(subscribe_packet() + register_packet())
        return read_until(leaf, b"/registrations/res/")
