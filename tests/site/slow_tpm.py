"""Between a program and its TPM: a proxy before swtpm's data and control sockets that takes as long for each command as a
chip would, counts them by name, and misbehaves on request.

usage: slow_tpm.py --listen PATH --tpm PATH [--profile NAME]
  PATH and PATH.ctrl take the place of the TPM's. PATH.ask answers one JSON object a line:
    {"do":"counts"}                        {"commands":{"HMAC":3,...},"total":3}
    {"do":"reset"}                         forgets the counts
    {"do":"profile","name":"slb9670"}      another latency profile
    {"do":"freeze"} {"do":"thaw"}          nothing is answered in between; what came goes on after it
    {"do":"drop","command":C,"times":N,"when":"before"|"after"}     cuts the connection: the TPM has not, or has, seen it
    {"do":"answer","command":C,"times":N,"code":RC}                 answers with this response code instead of the TPM
    {"do":"short","command":C,"times":N}                            half of the TPM's answer, then the end
    {"do":"honest"}                        forgets the rules above
  C is a command's name or number, absent for any; N 1 when absent, -1 for ever."""

import argparse
import json
import os
import socket
import struct
import threading

COMMANDS = {
    0x11F: "NV_UndefineSpaceSpecial", 0x120: "EvictControl", 0x121: "HierarchyControl", 0x122: "NV_UndefineSpace",
    0x126: "Clear", 0x127: "ClearControl", 0x129: "HierarchyChangeAuth", 0x12A: "NV_DefineSpace", 0x131: "CreatePrimary",
    0x134: "NV_Increment", 0x137: "NV_Write", 0x139: "DictionaryAttackLockReset", 0x13A: "DictionaryAttackParameters",
    0x143: "SelfTest", 0x144: "Startup", 0x145: "Shutdown", 0x147: "ActivateCredential", 0x148: "Certify", 0x14A: "CertifyCreation",
    0x14B: "Duplicate", 0x14E: "NV_Read", 0x151: "PolicySecret", 0x153: "Create", 0x154: "ECDH_ZGen", 0x155: "HMAC", 0x156: "Import",
    0x157: "Load", 0x158: "Quote", 0x159: "RSA_Decrypt", 0x15B: "HMAC_Start", 0x15C: "SequenceUpdate", 0x15D: "Sign", 0x15E: "Unseal",
    0x160: "PolicySigned", 0x161: "ContextLoad", 0x162: "ContextSave", 0x163: "ECDH_KeyGen", 0x164: "EncryptDecrypt",
    0x165: "FlushContext", 0x167: "LoadExternal", 0x168: "MakeCredential", 0x169: "NV_ReadPublic", 0x16A: "PolicyAuthorize",
    0x16B: "PolicyAuthValue", 0x16C: "PolicyCommandCode", 0x171: "PolicyOR", 0x173: "ReadPublic", 0x176: "StartAuthSession",
    0x177: "VerifySignature", 0x17A: "GetCapability", 0x17B: "GetRandom", 0x17C: "GetTestResult", 0x17D: "Hash", 0x17E: "PCR_Read",
    0x17F: "PolicyPCR", 0x180: "PolicyRestart", 0x181: "ReadClock", 0x182: "PCR_Extend", 0x184: "NV_Certify",
    0x189: "PolicyGetDigest", 0x193: "EncryptDecrypt2",
}

# Milliseconds a command takes beyond the emulator's own time. Published (the bench table in the README of wolfSSL/wolfTPM) are
# the figures marked P: an ECDSA P-256 signature, an RSA-2048 private operation, which is what ActivateCredential, RSA_Decrypt,
# an Import with an outer seed and a session salted by an RSA key each take, and the making of an RSA-2048 key (an ECC one takes
# a tenth). Everything marked E is an estimate: no table of HMAC, Unseal, Load or NV commands on chips was found. NV_Certify is
# taken for a signature and a read, ECDH_ZGen for a signature; a short HMAC was reckoned from the hash throughput (10-30 ms).
PROFILES = {
    "none": {},
    "slb9670": {
        "Sign": 69, "ActivateCredential": 163, "RSA_Decrypt": 163, "Import": 163, "StartAuthSession": 163, "CreatePrimary": 2196,  # P
        "Certify": 69, "Quote": 69, "NV_Certify": 75, "ECDH_ZGen": 69,  # E, of the first P
        "HMAC": 20, "HMAC_Start": 20, "SequenceUpdate": 10, "Hash": 12, "Load": 15, "LoadExternal": 10, "Create": 30,  # E
        "Unseal": 150, "EvictControl": 60, "NV_Increment": 40, "NV_Write": 40, "NV_DefineSpace": 60, "NV_UndefineSpace": 60,  # E
        "NV_Read": 8, "NV_ReadPublic": 5, "PolicySecret": 10, "PolicyAuthorize": 10, "PolicyPCR": 8, "VerifySignature": 40,  # E
        "ContextSave": 15, "ContextLoad": 15, "Clear": 500, "SelfTest": 200, "": 5,  # E; "" is every other one
    },
    "slb9672": {
        "Sign": 36, "ActivateCredential": 77, "RSA_Decrypt": 77, "Import": 77, "StartAuthSession": 77, "CreatePrimary": 1568,  # P
        "Certify": 36, "Quote": 36, "NV_Certify": 40, "ECDH_ZGen": 36,  # E, of the first P
        "HMAC": 14, "HMAC_Start": 14, "SequenceUpdate": 8, "Hash": 14, "Load": 10, "LoadExternal": 8, "Create": 20,  # E
        "Unseal": 100, "EvictControl": 40, "NV_Increment": 30, "NV_Write": 30, "NV_DefineSpace": 40, "NV_UndefineSpace": 40,  # E
        "NV_Read": 6, "NV_ReadPublic": 4, "PolicySecret": 8, "PolicyAuthorize": 8, "PolicyPCR": 6, "VerifySignature": 30,  # E
        "ContextSave": 10, "ContextLoad": 10, "Clear": 400, "SelfTest": 150, "": 4,  # E
    },
}
# A session that is not salted costs no private operation; it is told by its first handle, TPM_RH_NULL.
UNSALTED = 5
RH_NULL = 0x40000007
HEADER = struct.Struct(">HII")  # tag, size, code
LONGEST = 4096


def name_of(code: int) -> str:
    return COMMANDS.get(code, f"0x{code:x}")


def read_exactly(line: socket.socket, size: int) -> bytes:
    """Empty when it ends before."""
    octets = b""
    while len(octets) < size:
        more = line.recv(size - len(octets))
        if not more:
            return b""
        octets += more
    return octets


def read_message(line: socket.socket) -> bytes:
    """One command or response; empty at the end of the connection."""
    head = read_exactly(line, HEADER.size)
    if not head:
        return b""
    size = HEADER.unpack(head)[1]
    if not HEADER.size <= size <= LONGEST:
        return b""
    return head + read_exactly(line, size - HEADER.size) if size > HEADER.size else head


class Behaviour:
    """What is wanted of the proxy and what it saw. Any thread."""

    def __init__(self, profile: str):
        self.lock = threading.Lock()
        self.flowing = threading.Event()
        self.flowing.set()
        self.never = threading.Event()
        self.counts, self.rules, self.profile = {}, [], PROFILES[profile]

    def count(self, name: str):
        with self.lock:
            self.counts[name] = self.counts.get(name, 0) + 1

    def latency(self, name: str, command: bytes) -> float:
        if name == "StartAuthSession" and self.profile and command[10:14] == RH_NULL.to_bytes(4, "big"):
            return UNSALTED / 1000
        return self.profile.get(name, self.profile.get("", 0)) / 1000

    def rule_for(self, name: str) -> dict:
        with self.lock:
            for rule in self.rules:
                if rule["times"] != 0 and rule["command"] in ("", name):
                    rule["times"] -= 1 if rule["times"] > 0 else 0
                    return rule
        return {"do": ""}

    def take(self, wish: dict) -> dict:
        what = wish.get("do")
        if what == "counts":
            with self.lock:
                return {"commands": dict(self.counts), "total": sum(self.counts.values())}
        if what == "reset":
            with self.lock:
                self.counts.clear()
        elif what == "profile":
            self.profile = PROFILES[wish["name"]]
        elif what == "freeze":
            self.flowing.clear()
        elif what == "thaw":
            self.flowing.set()
        elif what == "honest":
            with self.lock:
                self.rules.clear()
        elif what in ("drop", "answer", "short"):
            command = wish.get("command", "")
            if isinstance(command, int):
                command = name_of(command)
            if command and command not in COMMANDS.values() and not command.startswith("0x"):
                raise ValueError(f"no command {command}")
            with self.lock:
                self.rules.append({"do": what, "command": command, "times": wish.get("times", 1), "code": wish.get("code", 0x101),
                                   "when": wish.get("when", "before")})
        else:
            raise ValueError(f"unknown wish {what}")
        return {"done": what}


class Proxy:
    def __init__(self, listen: str, tpm: str, behaviour: Behaviour):
        self.listen, self.tpm, self.behaviour = listen, tpm, behaviour
        self.one_at_a_time = threading.Lock()  # a chip does one command after the other, whoever asks

    def serve(self):
        # The socket for questions comes last: whoever sees it may connect to the others.
        for suffix, talk in (("", self.data), (".ctrl", self.control), (".ask", self.ask)):
            place = self.listen + suffix
            if os.path.exists(place):
                os.unlink(place)
            door = socket.socket(socket.AF_UNIX)
            door.bind(place + ".new")
            door.listen(64)
            os.rename(place + ".new", place)
            threading.Thread(target=self.accept, args=(door, talk), daemon=True).start()

    def accept(self, door: socket.socket, talk):
        while True:
            line = door.accept()[0]
            threading.Thread(target=self.guarded, args=(talk, line), daemon=True).start()

    def guarded(self, talk, line: socket.socket):
        with line:
            try:
                talk(line)
            except OSError as error:
                print(f"{talk.__name__}: {error}", flush=True)

    def data(self, line: socket.socket):
        while command := read_message(line):
            answer = self.answer(command)
            if not answer:
                return
            line.sendall(answer)
            if len(answer) != HEADER.unpack(answer[:HEADER.size])[1]:
                return

    def answer(self, command: bytes) -> bytes:
        """Empty: the connection is cut."""
        name = name_of(HEADER.unpack(command[:HEADER.size])[2])
        self.behaviour.count(name)
        with self.one_at_a_time:
            self.behaviour.flowing.wait()
            rule = self.behaviour.rule_for(name)
            if rule["do"] == "drop" and rule["when"] == "before":
                return b""
            self.behaviour.never.wait(self.behaviour.latency(name, command))
            if rule["do"] == "answer":
                return HEADER.pack(0x8001, HEADER.size, rule["code"])
            response = self.asked(command)
            self.behaviour.flowing.wait()
        if rule["do"] == "drop":
            return b""
        return response[:len(response) // 2] if rule["do"] == "short" else response

    def asked(self, command: bytes) -> bytes:
        """What the TPM says; it takes one client at a time, so that none is kept."""
        with socket.socket(socket.AF_UNIX) as tpm:
            tpm.connect(self.tpm)
            tpm.sendall(command)
            return read_message(tpm)

    def control(self, line: socket.socket):
        """Both ways until either side ends; the answers of swtpm's control channel carry no size."""
        with socket.socket(socket.AF_UNIX) as tpm:
            tpm.connect(self.tpm + ".ctrl")
            back = threading.Thread(target=self.pump, args=(tpm, line), daemon=True)
            back.start()
            self.pump(line, tpm)
            back.join()

    @staticmethod
    def pump(source: socket.socket, target: socket.socket):
        try:
            while octets := source.recv(LONGEST):
                target.sendall(octets)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def ask(self, line: socket.socket):
        with line.makefile("rw") as text:
            for wish in text:
                try:
                    answer = self.behaviour.take(json.loads(wish))
                except (ValueError, KeyError) as error:
                    answer = {"error": str(error)}
                text.write(json.dumps(answer) + "\n")
                text.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--tpm", required=True)
    parser.add_argument("--profile", choices=sorted(PROFILES), default="none")
    options = parser.parse_args()
    behaviour = Behaviour(options.profile)
    Proxy(options.listen, options.tpm, behaviour).serve()
    behaviour.never.wait()


if __name__ == "__main__":
    main()
