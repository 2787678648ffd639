"""Another board: a backup of a gateway beside one TPM, restored beside another; and the wiping of the first."""

import base64
import json
import sqlite3
import subprocess
import unittest
from pathlib import Path

from site_processes import Gateway, Site, StandIn, derive, device_key, group, individual, openssl, wait_for
from tpm_processes import Swtpm

GROUP_KEY = base64.b64encode(b"the key of a whole group of leaves, which nobody may see").decode()
SINGLES = [f"single-{n}" for n in range(3)]
MEMBERS = [f"line-{n}" for n in range(3)]
KEYS = {**{leaf: device_key(leaf) for leaf in SINGLES}, **{leaf: derive(GROUP_KEY, leaf) for leaf in MEMBERS}}


class Backup(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.records = [*(individual(leaf) for leaf in SINGLES), group("line", GROUP_KEY)]
        cls.standin = StandIn(cls.site, cls.records, "--retry-after", "1")
        cls.tpm = {name: Swtpm(cls.site, f"tpm-{name}") for name in "AB"}
        cls.gateway = Gateway(cls.site, cls.standin.port, f'tpm.tcti = "{cls.tpm["A"].tcti}"\n')
        cls.gateway.enroll(cls.records)
        for name in ("recovery", "other"):
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key", cwd=cls.site.folder)
            openssl("ec", "-in", f"{name}.key", "-pubout", "-out", f"{name}.pub", cwd=cls.site.folder)
        cls.backup = cls.site.folder / "site.backup"

    def told(self) -> dict:
        return json.loads(self.gateway.ctl("--json", "tpm", "status").stdout)

    def all_signed(self):
        return wait_for(lambda: (told := self.told())["checkpoints"]["written"] and not told["checkpoints"]["unsigned"]
                        and told, name="every checkpoint is signed")

    def assert_assigned(self, *leaves):
        for leaf in leaves:
            done = self.site.leaf(self.gateway.port, "--registration-id", leaf, "--key", KEYS[leaf])
            self.assertEqual(done.returncode, 0, f"{leaf}: {done.stdout}{done.stderr}")

    def receipt(self, leaf, name) -> Path:
        file = self.site.folder / name
        self.gateway.ctl("receipt", leaf, "--out", str(file))
        return file

    def signing_key(self, name) -> Path:
        file = self.site.folder / name
        file.write_text(self.gateway.ctl("tpm", "identity", "--signing-key").stdout)
        return file

    def verify(self, receipt, key) -> int:
        return self.gateway.ctl("verify", str(receipt), "--ak", str(key), check=False).returncode

    def restore(self, *more, key="recovery", folder=None) -> subprocess.CompletedProcess:
        return self.gateway.ctl("restore", str(self.backup), "--key", str(self.site.folder / f"{key}.key"), "--state-dir",
                                str(folder or self.gateway.state), *more, check=False)

    def assert_nothing_in_clear(self, *files):
        secrets = {**KEYS, "group": GROUP_KEY, **{f"second of {leaf}": device_key(leaf + "/2") for leaf in SINGLES}}
        raw = {name: base64.b64decode(key) for name, key in secrets.items()}
        raw["sealing key"] = self.sealing_key
        for file in files:
            octets = file.read_bytes()
            for name, secret in raw.items():
                for form in (secret, base64.b64encode(secret).rstrip(b"="), secret.hex().encode()):
                    self.assertNotIn(form, octets, f"{name} in {file.name}")

    def test_the_way_to_another_board(self):
        old_state, new_state = self.gateway.state, self.site.folder / "new-state"
        wait_for(lambda: self.told()["tpm"]["state"] == "ready", name="the TPM is ready")
        self.gateway.ctl("tpm", "setup")
        self.assert_assigned(*SINGLES, *MEMBERS)
        self.all_signed()
        old_receipt, old_key = self.receipt(SINGLES[0], "old.receipt"), self.signing_key("old.pem")
        self.assertEqual(self.verify(old_receipt, old_key), 0)

        done = self.gateway.ctl("--because", "a test", "backup", str(self.backup), "--to", str(self.site.folder / "recovery.pub"))
        self.assertIn("wrote", done.stdout)
        self.assertEqual(self.backup.stat().st_mode & 0o777, 0o600)
        self.assertIn("backup", self.gateway.ctl("audit").stdout)
        refused = self.gateway.ctl("backup", str(self.backup) + "-2", "--to", str(old_receipt), check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertFalse(list(self.site.folder.glob("site.backup-2*")))
        self.assertIn("another leafgated", self.restore("--force").stderr)
        self.assertEqual(self.gateway.stop(), 0)
        self.tpm["A"].stop()  # the board is gone

        self.assertNotEqual(self.restore(key="other", folder=new_state).returncode, 0)
        done = self.restore(folder=new_state)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("demo-gateway", done.stdout)
        self.assertIn("--force", self.restore(folder=new_state).stderr)
        self.sealing_key = base64.b64decode((new_state / "sealing.key").read_text().splitlines()[1])

        text = self.gateway.configuration.read_text()
        self.gateway.configuration.write_text(text.replace(self.tpm["A"].tcti, self.tpm["B"].tcti).replace(
            str(old_state), str(new_state)))
        self.standin.down()
        self.gateway.state = new_state
        self.gateway.start()
        self.assert_assigned(*SINGLES, *MEMBERS)
        told = self.all_signed()
        self.assertNotIn("doubt", told)
        self.assertEqual((told["tpm"]["state"], told["secrets"]["protection"], told["secrets"]["open"]), ("ready", "tpm", True))
        self.assertFalse((new_state / "sealing.key").exists())
        degraded = wait_for(lambda: [mode for mode in self.gateway.status()["degraded"] if "group line" in json.dumps(mode)],
                            name="status says which group wants an import")
        self.assertIn("import again", json.dumps(degraded))
        self.gateway.enroll(self.records)
        self.assertNotIn("import again", json.dumps(self.gateway.status()["degraded"]))
        self.standin.up()
        self.standin.ask("GET", "/registrations")

        new_key = self.signing_key("new.pem")
        self.assertEqual(self.verify(old_receipt, old_key), 0)
        self.assertNotEqual(self.verify(old_receipt, new_key), 0)
        self.gateway.ctl("forget", SINGLES[1])
        self.assert_assigned(SINGLES[1])
        wait_for(lambda: self.verify(self.receipt(SINGLES[1], "new.receipt"), new_key) == 0, 60, 0.2, "the new receipt is proven")
        self.assertNotEqual(self.verify(self.site.folder / "new.receipt", old_key), 0)
        self.assertEqual(self.gateway.stop(), 0)
        with sqlite3.connect(f"file:{new_state}/leafgate.db?mode=ro", uri=True) as store:
            signers = [row[0] for row in store.execute("SELECT signer FROM checkpoint WHERE signer NOT NULL ORDER BY sequence")]
            gaps = store.execute("SELECT count(*) FROM checkpoint WHERE sequence NOT IN (SELECT sequence+1 FROM checkpoint)").fetchone()
        store.close()
        self.assertEqual(len(set(signers)), 2, "one log, two boards")
        self.assertEqual(gaps, (1,))
        self.gateway.start()
        self.assertNotIn("doubt", self.told())
        self.assertEqual(self.gateway.stop(), 0)
        self.assert_nothing_in_clear(self.backup, *(file for file in new_state.rglob("*") if file.is_file()))
        self.wipe(old_state)
        self.wipe(new_state)

    def wipe(self, folder):
        files = [file for file in folder.iterdir() if file.name != "lock" and file.stat().st_size]
        blocks = self.site.folder / f"{folder.name}-blocks"
        blocks.mkdir()
        for file in files:  # what carving would find: the same blocks by another name
            (blocks / file.name).hardlink_to(file)
        refused = self.gateway.ctl("wipe", "--state-dir", str(folder), check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("--yes", refused.stderr)
        done = self.gateway.ctl("wipe", "--yes", "--state-dir", str(folder), "--config", str(self.gateway.configuration))
        for said in ("wiped at", "demo-gateway", "SHA-256", str(folder), "TPM, its SRK", "stays in it"):
            self.assertIn(said, done.stdout)
        self.assertEqual([file.name for file in folder.iterdir()], ["lock"])
        for block in blocks.iterdir():
            self.assertEqual(block.read_bytes().strip(b"\0"), b"", f"{block.name} was overwritten")


if __name__ == "__main__":
    unittest.main()
