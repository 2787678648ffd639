"""X.509 leaves at the real daemon: enrolled from PEM files, judged by their chain, answered while the service is away."""

import json
import unittest
from pathlib import Path

from site_processes import Gateway, Site, StandIn, individual, openssl


class Factory:
    """Makes CAs and certificates of leaves."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir()
        self.ca("line-ca")
        self.ca("foreign-ca")

    def ca(self, name, by=None):
        self._make(name, name, "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n", by)
        return self.folder / f"{name}.pem"

    def leaf(self, name, by="line-ca", cn=None, days=30, above=()):
        self._make(name, cn or name, "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=clientAuth\n", by, days)
        chain = self.folder / f"{name}.chain.pem"
        chain.write_text("".join((self.folder / f"{part}.pem").read_text() for part in (name, *above)))
        return ["--certificate", str(chain), "--certificate-key", str(self.folder / f"{name}.key")]

    def _make(self, name, cn, extensions, by, days=30):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
                "-out", f"{name}.csr", "-subj", f"/CN={cn}", cwd=self.folder)
        (self.folder / f"{name}.ext").write_text(extensions)
        signer = ["-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial"] if by else ["-signkey", f"{name}.key"]
        openssl("x509", "-req", "-in", f"{name}.csr", *signer, "-days", str(days), "-extfile", f"{name}.ext", "-out",
                f"{name}.pem", cwd=self.folder)


class CertificatesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.factory = Factory(cls.site.folder / "factory")
        cls.standin = StandIn(cls.site, [individual("unused")])
        # Wrong on purpose, and from one address; who is not enrolled is not to be left waiting for the service.
        cls.gateway = Gateway(cls.site, cls.standin.port, 'limits.penalty_threshold = "10m"\noffline.unknown = "refuse"')
        cls.import_files("--group", "line", "line-ca.pem")

    @classmethod
    def import_files(cls, *arguments):
        *options, file = arguments
        return cls.gateway.ctl("enroll", "import", *options, str(cls.factory.folder / file), check=False)

    def show(self, registration_id, certificate, *more):
        done = self.site.leaf(self.gateway.port, "--registration-id", registration_id, *certificate, "--timeout", "4", *more)
        return done.returncode, json.loads(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else {}

    def reasons(self, what):
        told = json.loads(self.gateway.ctl("--json", "explain", what).stdout)
        return [attempt["reason"]["code"] for attempt in told["attempts"]]

    def test_a_new_leaf_is_told_to_wait_and_that_nothing_passes_it_through_to_the_service(self):
        code, told = self.show("pump-1", self.factory.leaf("pump-1"))
        self.assertNotEqual(code, 0, told)
        self.assertIn("certificate-not-passed", self.reasons("pump-1"))
        self.assertNotIn("pump-1", self.standin.registrations())

    def test_what_no_enrollment_accepts_is_refused_with_a_reason(self):
        rows = [("pump-2", self.factory.leaf("other-2"), "certificate-for-another-id"),
                ("pump-3", self.factory.leaf("pump-3", by="foreign-ca"), "certificate-chain-unknown"),
                ("pump-4", self.factory.leaf("pump-4", days=-1), "leaf-certificate-expired")]
        for registration_id, certificate, reason in rows:
            code, told = self.show(registration_id, certificate)
            self.assertEqual((code, told.get("httpStatus", told.get("error", 0)) != 0), (1, True), f"{reason}: {told}")
            self.assertIn(reason, self.reasons(registration_id))

    def test_a_known_leaf_is_answered_while_the_service_is_away_and_nobody_in_its_name(self):
        own = self.factory.leaf("pump-5")
        self.factory.ca("site-ca-2", by="line-ca")
        below = self.factory.leaf("pump-6", by="site-ca-2", above=["site-ca-2"])
        self.gateway.teach(["pump-5", "pump-6"])
        self.standin.down()
        self.addCleanup(self.standin.up)
        for tls in ("1.2", "1.3"):
            for registration_id, certificate in (("pump-5", own), ("pump-6", below)):
                code, told = self.show(registration_id, certificate, "--tls", tls)
                self.assertEqual((code, told.get("status")), (0, "assigned"), told)
        self.assertEqual(self.show("pump-5", self.factory.leaf("false-5", by=None, cn="pump-5"))[0], 1)

    def test_a_leaf_of_a_denied_ca_is_kept_out_whatever_else_it_shows(self):
        plain = self.factory.leaf("pump-10")
        behind = self.factory.leaf("pump-11", above=["foreign-ca"])
        self.gateway.teach(["pump-10", "pump-11"])
        self.standin.down()
        self.addCleanup(self.standin.up)
        both = (("pump-10", plain), ("pump-11", behind))
        for registration_id, certificate in both:
            self.assertEqual(self.show(registration_id, certificate)[0], 0, registration_id)
        ca = str(self.factory.folder / "line-ca.pem")
        self.gateway.ctl("deny", "add", "--certificate", ca)
        self.addCleanup(self.gateway.ctl, "deny", "remove", "--certificate", ca, check=False)
        for registration_id, certificate in both:
            self.assertEqual(self.show(registration_id, certificate)[0], 1, registration_id)
            self.assertIn("denied", self.reasons(registration_id))

    def test_a_disabled_individual_enrollment_shadows_the_group(self):
        self.gateway.enroll([individual("pump-7", provisioningStatus="disabled")])
        code, told = self.show("pump-7", self.factory.leaf("pump-7"))
        self.assertEqual((code, told.get("status")), (1, "disabled"), told)

    def test_files_that_cannot_be_right_are_told_before_anything_is_stored(self):
        self.factory.leaf("pump-8")
        both = (self.factory.folder / "pump-8.pem").read_text() + (self.factory.folder / "pump-8.key").read_text()
        (self.factory.folder / "both.pem").write_text(both)
        self.factory.leaf("pump-9", days=-1)
        for file, word in (("both.pem", "private key"), ("line-ca.pem", "is a CA's"), ("pump-9.pem", "has ended")):
            done = self.import_files(file)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(word, done.stderr)
        self.assertEqual(self.import_files("pump-8.pem").returncode, 0)


if __name__ == "__main__":
    unittest.main()
