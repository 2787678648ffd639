"""A site whose gateway has a TPM, an emulated one behind a proxy that counts and disturbs; and what holds for all of them."""

import base64
import hashlib
import itertools
import json
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from quick_leaf import QuickLeaf
from site_processes import Gateway, Site, StandIn, derive, device_key, group, individual, openssl, wait_for
from tpm_processes import SlowTpm, Swtpm

GROUP_KEY = base64.b64encode(hashlib.sha512(b"the key of a group").digest()).decode()
# Pairs, one leaf enrolled for itself and one of the group. Many, as one that keeps coming back is asked for at the service anew.
KNOWN = [((f"single-{n}", device_key(f"single-{n}")), (f"line-{n}", derive(GROUP_KEY, f"line-{n}"))) for n in range(24)]
AT_ONCE = 1.0  # seconds; 0.02 as a rule


class GatewayTpmSite(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.records = [*(individual(pair[0][0]) for pair in KNOWN), *(individual(f"new-{n}") for n in range(20)),
                       group("line", GROUP_KEY)]
        cls.standin = StandIn(cls.site, cls.records, "--retry-after", "1", policy=True)
        cls.tpm = Swtpm(cls.site, "gateway-tpm")
        cls.slow = SlowTpm(cls.site, cls.tpm)
        cls.gateway = Gateway(cls.site, cls.standin.port, cls.settings())
        cls.gateway.enroll(cls.records)
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "recovery.key", cwd=cls.site.folder)
        openssl("ec", "-in", "recovery.key", "-pubout", "-out", "recovery.pub", cwd=cls.site.folder)
        cls.fresh, cls.pairs = iter(range(20)), itertools.cycle(KNOWN)

    @classmethod
    def settings(cls) -> str:
        return f'tpm.tcti = "{cls.slow.tcti}"\nhttps.listen = ["127.0.0.1:0"]\n'

    @classmethod
    def set_up(cls):
        cls.tpm_is("ready")
        return cls.gateway.ctl("tpm", "setup", "--recovery", str(cls.site.folder / "recovery.pub"))

    @classmethod
    def told(cls) -> dict:
        return json.loads(cls.gateway.ctl("--json", "tpm", "status").stdout)

    @classmethod
    def tpm_is(cls, state, seconds=20):
        return wait_for(lambda: (told := cls.told())["tpm"]["state"] == state and told, seconds, name=f"the TPM is {state}")

    @classmethod
    def all_signed(cls, seconds=20):
        return wait_for(lambda: (told := cls.told())["checkpoints"]["written"] and not told["checkpoints"]["unsigned"] and told,
                        seconds, name="every checkpoint is signed")

    def modes(self) -> set:
        return {mode["reason"]["code"] for mode in self.gateway.status()["degraded"]}

    def visit(self, leaf, key=None, **more) -> dict:
        return QuickLeaf(self.site, self.gateway.listening("https"), leaf, key or device_key(leaf), **more).register()

    def assert_assigned(self, leaf, key=None) -> dict:
        told = self.visit(leaf, key)
        self.assertEqual(told.get("status"), "assigned", f"{leaf}: {told}")
        return told

    def new_leaf(self) -> str:
        """One more is assigned: something for the log, and with it for the TPM."""
        leaf = f"new-{next(self.fresh)}"
        self.assert_assigned(leaf)
        return leaf

    def assert_known_are_answered(self):
        for leaf, key in next(self.pairs):
            self.assertLess(self.assert_assigned(leaf, key)["seconds"], AT_ONCE, leaf)

    def assert_told_to_come_back(self, leaf, key=None):
        told = self.visit(leaf, key, patience=1)
        self.assertNotIn("assignedHub", told.get("registrationState", {}))
        self.assertIn(told["httpStatus"], (202, 429, 503), told)

    def learn_known(self):
        with ThreadPoolExecutor(2 * len(KNOWN)) as pool:
            list(pool.map(lambda leaf: self.assert_assigned(*leaf), itertools.chain(*KNOWN)))

    def receipt(self, leaf) -> Path:
        file = self.site.folder / f"{leaf}.receipt"
        self.gateway.ctl("receipt", leaf, "--out", str(file))
        return file

    def signing_key(self) -> Path:
        """Asked for once: the TPM makes its endorsement key anew for the answer, and puts others away for that."""
        file = self.site.folder / "signing.pem"
        if not file.exists():
            file.write_text(self.gateway.ctl("tpm", "identity", "--signing-key").stdout)
        return file

    def assert_proven(self, *leaves, seconds=20):
        """In the end: each has its place in a checkpoint, and the TPM signed that."""
        key = self.signing_key()
        for leaf in leaves:
            wait_for(lambda: self.verify(self.receipt(leaf), key).returncode == 0, seconds, 0.1, f"{leaf}'s receipt is proven")

    def verify(self, receipt, key):
        return self.gateway.ctl("verify", str(receipt), "--ak", str(key), check=False)
