"""leafgate-leaf against a gateway that shares no code with it: over a PTY and over a real Mosquitto, by device key,
certificate and TPM."""

import base64
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "site")]
from broker_line import BrokerLine, Mosquitto, end_with_parent  # noqa: E402
from false_gateway import FalseGateway, Plan  # noqa: E402
from messages import ByKey, ByPin, sha256  # noqa: E402
from old_broker import OldBroker  # noqa: E402
from serial_line import SerialLine  # noqa: E402
from site_processes import REPOSITORY, Certificates, Site, openssl  # noqa: E402
from tpm_processes import Swtpm  # noqa: E402
from tpm_wrap import authentication_key, credential_alone  # noqa: E402

PROGRAM = Path(os.environ.get("LEAFGATE_BUILD") or REPOSITORY / "build/dev") / "leafgate-leaf"
KEY = sha256(b"device key of the leaf")
PINNED, OTHER = ByPin(0x1234567890), ByPin(0x9876543210)
ID = "leaf-1"
UNPROVEN = "the gateway did not prove itself (other key on one side, or a false gateway)"


def run_leaf(*arguments, timeout=60, **more):
    run = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                         preexec_fn=end_with_parent, **more)
    lines = run.stdout.splitlines()
    return run.returncode, json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}, run.stderr


class WithFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.folder = cls.site.folder
        (cls.folder / "key").write_text(base64.b64encode(KEY).decode() + "\n")
        (cls.folder / "payload").write_text('{"model": "press"}\n')
        for name, options in (("ec", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]), ("rsa", ["rsa:2048"]),
                              ("p384", ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"])):
            openssl("req", "-x509", "-newkey", *options, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days",
                    "30", "-subj", f"/CN={ID}", cwd=cls.folder)

    def by_key(self):
        return ["--registration-id", ID, "--key-file", self.folder / "key"]

    def by_certificate(self, name="ec", pin=PINNED):
        return ["--registration-id", ID, "--certificate", self.folder / f"{name}.pem", "--certificate-key",
                self.folder / f"{name}.key", "--gateway-pin", pin.pin.hex()]


class OverSerial(WithFiles):
    def visit(self, gateway, *arguments, **line):
        wire = SerialLine(gateway, **line)
        try:
            return run_leaf("--tty", wire.path, *arguments), wire
        finally:
            wire.close()

    def test_a_device_key_registers(self):
        gateway = FalseGateway(ByKey(KEY), Plan(wait=1, result={1: "hub.example.net", 2: "dev", 3: "initialAssignment",
                                                                4: '{"a":"\\u00e9"}'}), KEY)
        (status, said, _), _ = self.visit(gateway, *self.by_key(), "--payload", self.folder / "payload")
        self.assertEqual((status, said), (0, {"registrationId": ID, "status": "assigned", "assignedHub": "hub.example.net",
                                              "deviceId": "dev", "substatus": "initialAssignment",
                                              "payload": '{"a":"\\u00e9"}'}))
        self.assertEqual(gateway.seen, ["register", "proof", "poll"])
        self.assertEqual(gateway.attempt.body[5], '{"model": "press"}')

    def test_an_address_of_its_own(self):
        gateway = FalseGateway(ByKey(KEY), Plan(), KEY)
        (status, _, _), _ = self.visit(gateway, *self.by_key(), "--address", 5, fixed=True)
        self.assertEqual(status, 0)

    def test_a_refusal_is_told(self):
        gateway = FalseGateway(ByKey(KEY), Plan(error=(401002, "not enrolled")), KEY)
        (status, said, _), _ = self.visit(gateway, *self.by_key())
        self.assertEqual((status, said["status"], said["errorCode"], said["message"]), (1, "refused", 401002, "not enrolled"))

    def test_a_refusal_that_may_pass_is_waited_for(self):
        gateway = FalseGateway(ByKey(KEY), Plan(error_after_proof=(429001, "busy", 1)), KEY)
        gateway.later = lambda: [gateway.result()]
        first = gateway.error

        def once(plan):
            gateway.plan.error_after_proof = None
            return first(plan)
        gateway.error = once
        (status, _, _), _ = self.visit(gateway, *self.by_key())
        self.assertEqual((status, gateway.seen), (0, ["register", "proof", "register", "proof"]))

    def test_another_key_on_one_side_is_told(self):
        gateway = FalseGateway(ByKey(sha256(b"another")), Plan(), KEY)
        (status, said, stderr), _ = self.visit(gateway, *self.by_key())
        self.assertEqual((status, said["status"], said["message"]), (1, "refused", UNPROVEN))
        self.assertIn(UNPROVEN, stderr)
        self.assertEqual(gateway.seen, ["register"])

    def test_lost_and_broken_frames_change_nothing(self):
        gateway = FalseGateway(PINNED, Plan(sign="transcript"), certificate=self.folder / "ec.pem")
        (status, said, _), wire = self.visit(gateway, *self.by_certificate(), "--whole-transcript", loss=0.1, wait=0.05)
        self.assertEqual((status, said["status"]), (0, "assigned"))
        self.assertEqual(gateway.seen, ["register", "proof", "signature"])
        self.assertGreater(wire.asked_again, 3)

    def test_certificates_prove_and_sign(self):
        for name in ("ec", "rsa"):
            for form in ("tls13", "hash", "transcript"):
                with self.subTest(name=name, form=form):
                    gateway = FalseGateway(PINNED, Plan(sign=form), certificate=self.folder / f"{name}.pem")
                    (status, said, _), _ = self.visit(gateway, *self.by_certificate(name))
                    self.assertEqual((status, gateway.seen), (0, ["register", "proof", "signature"]), said)

    def test_a_second_signature_is_not_given(self):
        gateway = FalseGateway(PINNED, Plan(sign="tls13", twice=True), certificate=self.folder / "ec.pem")
        (status, _, _), _ = self.visit(gateway, *self.by_certificate())
        self.assertEqual((status, gateway.seen), (0, ["register", "proof", "signature", "no"]))

    def test_no_pkcs1_signature_is_given_for_tls_1_3(self):
        gateway = FalseGateway(PINNED, Plan(sign="pkcs1"), certificate=self.folder / "rsa.pem")
        (status, said, _), _ = self.visit(gateway, *self.by_certificate("rsa"))
        self.assertEqual((status, said["errorCode"], gateway.seen), (1, 400207, ["register", "proof", "no"]))

    def test_another_gateway_is_not_believed(self):
        gateway = FalseGateway(OTHER, Plan(), certificate=self.folder / "ec.pem")
        (status, said, _), _ = self.visit(gateway, *self.by_certificate())
        self.assertEqual((status, said["message"], gateway.seen), (1, UNPROVEN, ["register"]))

    def test_nobody_answers(self):
        class Deaf:
            def hear(self, message):
                return []
        (status, said, _), _ = self.visit(Deaf(), *self.by_key(), "--timeout", 2)
        self.assertEqual((status, said["status"], said["message"]), (3, "no-answer", "the gateway did not answer"))

    def test_no_line_is_no_answer(self):
        status, said, _ = run_leaf("--tty", self.folder / "nothing", *self.by_key(), "--timeout", 1)
        self.assertEqual((status, said["status"]), (3, "no-answer"))
        self.assertIn("No such file", said["message"])


class OverBroker(WithFiles):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.broker = Mosquitto(cls.folder, cls.site.certificates, {"leaf": "secret"})
        cls.addClassCleanup(cls.broker.stop)
        (cls.folder / "password").write_text("secret\n")
        cls.door = ["--broker", f"mqtts://localhost:{cls.broker.tls}", "--ca-file", cls.site.certificates.ca, "--username",
                    "leaf", "--password-file", cls.folder / "password"]

    def visit(self, gateway, *arguments):
        line = BrokerLine(self.broker, gateway)
        try:
            return run_leaf(*self.door, *arguments)
        finally:
            line.close()

    def test_a_device_key_registers(self):
        gateway = FalseGateway(ByKey(KEY), Plan(wait=1), KEY, binding="broker/localhost")
        status, said, stderr = self.visit(gateway, *self.by_key(), "--payload", self.folder / "payload")
        self.assertEqual((status, said["status"], gateway.seen), (0, "assigned", ["register", "proof", "poll"]), stderr)
        self.assertNotIn(4, gateway.attempt.body)

    def test_certificates_prove_and_sign(self):
        for name, form in (("ec", "tls13"), ("rsa", "transcript")):
            with self.subTest(name=name, form=form):
                gateway = FalseGateway(PINNED, Plan(sign=form), certificate=self.folder / f"{name}.pem")
                status, said, _ = self.visit(gateway, *self.by_certificate(name))
                self.assertEqual((status, gateway.seen), (0, ["register", "proof", "signature"]), said)

    def test_a_forged_or_retained_message_changes_nothing(self):
        gateway = FalseGateway(ByKey(KEY), Plan(), KEY)
        line = BrokerLine(self.broker, gateway)
        self.addCleanup(line.close)
        topic = f"leafgate/v1/{ID}/down"
        line.publish(topic, b"\x83\x06\x00", "-r")
        self.addCleanup(line.publish, topic, b"", "-r")
        honest = gateway.hear

        def hear(message):
            replies = honest(message)
            false = FalseGateway(ByKey(sha256(b"false")), Plan(), KEY)
            return false.hear(message) + [b"", b"\xff" * 9000, b"\x83"] + replies if gateway.seen == ["register"] else replies
        gateway.hear = hear
        status, said, stderr = run_leaf(*self.door, *self.by_key())
        self.assertEqual((status, said["status"]), (0, "assigned"))
        self.assertIn(UNPROVEN, stderr)

    def test_a_broker_of_mqtt_3_1_1_will_do(self):
        gateway = FalseGateway(PINNED, Plan(wait=1), certificate=self.folder / "ec.pem")
        broker = OldBroker(gateway)
        self.addCleanup(broker.close)
        status, said, _ = run_leaf("--broker", f"mqtt://127.0.0.1:{broker.port}", *self.by_certificate())
        self.assertEqual((status, said["status"], broker.levels), (0, "assigned", [5, 4]))

    def test_a_wrong_password_is_no_answer(self):
        (self.folder / "other").write_text("guess\n")
        door = self.door[:-1] + [self.folder / "other"]
        status, said, _ = run_leaf(*door, *self.by_key(), "--timeout", 2)
        self.assertEqual((status, said["status"]), (3, "no-answer"))
        self.assertIn("localhost", said["message"])

    def test_a_broker_with_another_certificate_is_not_spoken_to(self):
        door = self.door[:3] + [self.site.certificates.other_ca] + self.door[4:]
        status, _, _ = run_leaf(*door, *self.by_key(), "--timeout", 2)
        self.assertEqual(status, 3)

    def test_a_broker_that_comes_back_is_found_again(self):
        gateway = FalseGateway(ByKey(KEY), Plan(), KEY)
        self.broker.stop()
        leaf = subprocess.Popen([PROGRAM, *map(str, self.door + self.by_key())], stdout=subprocess.PIPE, text=True,
                                preexec_fn=end_with_parent)
        self.addCleanup(leaf.stdout.close)
        self.broker.start()
        line = BrokerLine(self.broker, gateway)
        self.addCleanup(line.close)
        self.assertEqual(leaf.wait(30), 0)


class WithTpm(OverSerial):
    """Only what differs: the tests of a leaf without a TPM are not run again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tpm = Swtpm(cls.site, "tpm")


for inherited in [name for name in dir(OverSerial) if name.startswith("test_")]:
    setattr(WithTpm, inherited, None)


class ByTpm(WithTpm):
    def by_tpm(self):
        return ["--registration-id", ID, "--tpm", self.tpm.tcti, "--gateway-pin", PINNED.pin.hex()]

    def test_it_proves_itself_and_keeps_its_hub_key(self):
        gateway = FalseGateway(PINNED, Plan(wait=1), wrap=authentication_key)
        (status, said, stderr), wire = self.visit(gateway, *self.by_tpm())
        self.assertEqual((status, said.get("hubKey"), gateway.seen), (0, "kept", ["register", "proof", "poll"]), stderr)
        self.assertGreater(wire.busy, 0)
        (status, said, _), _ = self.visit(gateway, *self.by_tpm())
        self.assertEqual((status, said.get("hubKey")), (0, "kept"))

    def test_a_credential_alone_is_a_challenge_too(self):
        def wrap(endorsement, storage, key):
            first = gateway.seen[-1:] == ["register"]
            return (credential_alone if first else authentication_key)(endorsement, storage, key)
        gateway = FalseGateway(PINNED, Plan(), wrap=wrap)
        (status, said, stderr), _ = self.visit(gateway, *self.by_tpm())
        self.assertEqual((status, gateway.seen), (0, ["register", "proof"]), stderr)

    def test_what_is_wrapped_for_another_tpm_is_not_opened(self):
        other = Swtpm(self.site, "other")
        self.addCleanup(other.kill)
        *_, enrollment = run_leaf("--registration-id", ID, "--tpm", other.tcti, "--print-enrollment")[:2]
        foreign = base64.b64decode(enrollment["attestation"]["tpm"]["endorsementKey"])
        gateway = FalseGateway(PINNED, Plan(), wrap=lambda _, storage, key: authentication_key(foreign, storage, key))
        (status, said, _), _ = self.visit(gateway, *self.by_tpm(), "--timeout", 4)
        self.assertEqual((status, said["status"], gateway.seen[:1]), (3, "no-answer", ["register"]))

    def test_its_enrollment_is_told(self):
        status, said, text = run_leaf("--registration-id", ID, "--tpm", self.tpm.tcti, "--print-enrollment")
        key = said["attestation"]["tpm"]["endorsementKey"]
        self.assertEqual((status, said["attestation"]["type"]), (0, "tpm"))
        self.assertIn(key, text)
        self.assertIn("\u2588", text)
        self.assertIn(base64.b32encode(sha256(base64.b64decode(key))).decode().rstrip("=").lower(), text)


class CommandLine(WithFiles):
    def test_enrollments(self):
        status, said, _ = run_leaf(*self.by_key(), "--print-enrollment")
        key = base64.b64encode(KEY).decode()
        self.assertEqual((status, said["registrationId"], said["attestation"]),
                         (0, ID, {"type": "symmetricKey", "symmetricKey": {"primaryKey": key, "secondaryKey": key}}))
        status, said, _ = run_leaf(*self.by_certificate(), "--print-enrollment")
        told = base64.b64decode(said["attestation"]["x509"]["clientCertificates"]["primary"]["certificate"])
        wanted = subprocess.run(["openssl", "x509", "-in", self.folder / "ec.pem", "-outform", "DER"], check=True,
                                capture_output=True).stdout
        self.assertEqual((status, told), (0, wanted))

    def test_mistakes_are_told(self):
        tty = ["--tty", "/dev/null"]
        (self.folder / "broken").write_text("no base64\n")
        rows = [[], tty, tty + self.by_key()[:2], [*tty, *self.by_key(), "--broker", "mqtt://localhost:1"], self.by_key(),
                tty + self.by_certificate()[:-2], tty + self.by_certificate()[:4], tty + self.by_certificate("p384"),
                [*tty, *self.by_key(), "--address", "240"], [*tty, *self.by_key(), "--baud", "12345"],
                [*tty, *self.by_key(), "--gateway-pin", "00"], [*tty, *self.by_key(), "--uid", "12"],
                [*tty, *self.by_key(), "more"], [*tty, *self.by_key(), "--unknown"], [*tty, *self.by_key(), "--timeout", "x"],
                ["--broker", "http://localhost", *self.by_key()], [*tty, "--registration-id", "x" * 129, *self.by_key()[2:]],
                [*tty, *self.by_key()[:2], "--key-file", self.folder / "broken"],
                [*tty, *self.by_certificate()[:5], self.folder / "rsa.key", *self.by_certificate()[6:]]]
        for row in rows:
            with self.subTest(row=row):
                status, said, stderr = run_leaf(*row)
                self.assertEqual((status, said), (2, {}))
                self.assertNotEqual(stderr, "")


if __name__ == "__main__":
    del WithFiles, WithTpm
    unittest.main(verbosity=2)
