"""A broker that knows MQTT 3.1.1 alone, as far as one leaf needs it, with the gateway's end inside: what is published on
.../up the gateway hears, and its replies go down on the same connection."""

import socket
import threading

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, DISCONNECT = 1, 2, 3, 4, 8, 9, 12, 14


def packet(kind: int, flags: int, body: bytes) -> bytes:
    size, length = len(body), b""
    while True:
        size, low = divmod(size, 128)
        length += bytes([low | (128 if size else 0)])
        if not size:
            return bytes([kind << 4 | flags]) + length + body


class OldBroker:
    def __init__(self, gateway):
        self.gateway, self.failure, self.levels = gateway, None, []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def close(self):
        self.door.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.door.close()
        if self.failure:
            raise self.failure

    def run(self):
        while True:
            try:
                leaf, _ = self.door.accept()
            except OSError:
                return
            try:
                with leaf, leaf.makefile("rb") as octets:
                    while self.serve(leaf, octets):
                        pass
            except (ConnectionError, IndexError):
                pass
            except Exception as failure:  # told by close(), in the thread of the test
                self.failure = failure

    def serve(self, leaf, octets) -> bool:
        first, size, shift = octets.read(1)[0], 0, 0
        while True:
            octet = octets.read(1)[0]
            size |= (octet & 127) << shift
            shift += 7
            if octet < 128:
                break
        body, kind = octets.read(size), first >> 4
        if kind == CONNECT:
            self.levels.append(body[6])
            known = body[6] == 4
            leaf.sendall(packet(CONNACK, 0, bytes([0, 0 if known else 1])))
            return known
        if kind == SUBSCRIBE:
            leaf.sendall(packet(SUBACK, 0, body[:2] + b"\1"))
        if kind == PINGREQ:
            leaf.sendall(b"\xd0\0")
        if kind == PUBLISH:
            end = 2 + int.from_bytes(body[:2], "big")
            leaf.sendall(packet(PUBACK, 0, body[end:end + 2]))
            down = body[2:end].replace(b"/up", b"/down")
            for number, reply in enumerate(self.gateway.hear(body[end + 2:]), 1):
                leaf.sendall(packet(PUBLISH, 2, len(down).to_bytes(2, "big") + down + number.to_bytes(2, "big") + reply))
        return kind != DISCONNECT
