"""The gateway's end of a serial line with one leaf on it, on a PTY: finds it, polls, cuts messages into fragments, asks
again. Runs in a thread of its own until stopped."""

import os
import pty
import random
import select
import threading
import time
import tty

from frames import (ACK, ASSIGN, BUSY, DATA, DISCOVER, EVERYBODY, HELLO, MUTE, NAK, POLL, Frame, read)

TRIES = 7
ADDRESS = 5


class SerialLine:
    """`gateway` hears the leaf's messages. A `loss` of 0.1 drops every tenth frame on the way out, and breaks as many on
    the way in, always the same ones. `fixed`: the leaf has the address already."""

    def __init__(self, gateway, loss=0.0, fixed=False, wait=0.25):
        self.gateway, self.loss, self.wait = gateway, loss, wait
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        tty.setraw(self.master)
        self.path, self.slave = os.ttyname(slave), slave
        self.random = random.Random(1)
        self.number, self.found, self.mtu = 0, fixed, 64
        self.asked_again, self.busy, self.failure = 0, 0, None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def close(self):
        self.stopping.set()
        self.thread.join()
        for end in (self.master, self.slave):
            os.close(end)
        if self.failure:
            raise self.failure

    def run(self):
        try:
            while not self.stopping.is_set():
                if self.found:
                    self.converse()
                else:
                    self.find()
        except Exception as failure:  # told by close(), in the thread of the test
            self.failure = failure

    def answer(self, seconds: float):
        """The next good frame of the leaf, None after the time."""
        end, octets = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0 and not self.stopping.is_set():
            if not select.select([self.master], [], [], min(left, 0.1))[0]:
                continue
            octets += os.read(self.master, 4096)
            *whole, octets = octets.split(b"\0")
            for coded in filter(None, whole):
                if self.random.random() < self.loss:
                    coded = coded[:-1] + bytes([coded[-1] ^ 1])
                try:
                    frame = read(coded)
                except ValueError:
                    continue
                if frame.from_leaf:
                    return frame
        return None

    def ask(self, kind: int, payload=b"", order=0, to=ADDRESS, tries=TRIES):
        self.number = self.number + 1 & 255
        for again in range(tries):
            self.asked_again += again > 0
            if self.random.random() >= self.loss:
                os.write(self.master, Frame(kind, to, self.number, payload, order).wire())
            frame = self.answer(self.wait)
            while frame and frame.number != self.number:
                frame = self.answer(self.wait)
            if frame or self.stopping.is_set():
                return frame
        return None

    def find(self):
        hello = self.ask(DISCOVER, b"\0", to=EVERYBODY, tries=1)
        if hello and hello.kind == HELLO and len(hello.payload) == 13:
            assigned = self.ask(ASSIGN, hello.payload[:8] + bytes([ADDRESS]), to=EVERYBODY)
            self.mtu = hello.payload[8]
            self.found = assigned is not None and self.ask(MUTE) is not None

    def converse(self):
        message = self.take()
        for reply in self.gateway.hear(message) if message else []:
            self.give(reply)
        if not message:
            self.stopping.wait(0.01)

    def take(self) -> bytes:
        message = b""
        while True:
            frame = self.ask(POLL)
            if frame is None:
                self.found = False
                return b""
            if frame.kind == NAK and frame.payload[0] == BUSY:
                self.busy += 1
                self.stopping.wait(int.from_bytes(frame.payload[1:3], "little") / 1000)
                continue
            if frame.kind != DATA:
                return b""
            if frame.order & 127 == 0:
                message = b""
            message += frame.payload
            if not frame.order & 128:
                return message

    def give(self, message: bytes):
        parts = [message[at:at + self.mtu] for at in range(0, len(message), self.mtu)]
        for index, part in enumerate(parts):
            while True:
                frame = self.ask(DATA, part, index | (128 if index + 1 < len(parts) else 0))
                if not (frame and frame.kind == NAK and frame.payload[0] == BUSY):
                    break
                self.stopping.wait(int.from_bytes(frame.payload[1:3], "little") / 1000)
            if frame is None or frame.kind != ACK:
                return
