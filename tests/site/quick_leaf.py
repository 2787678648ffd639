"""A leaf with a symmetric key that registers over HTTPS and does not sleep between its polls as the SDKs do."""

import http.client
import json
import ssl
import time

from odd_leaf import token
from site_processes import SCOPE

VERSION = "api-version=2019-03-31"
POLL = 0.02


class QuickLeaf:
    """One connection, from an address of its own if need be."""

    def __init__(self, site, port: int, registration_id: str, key: str, source="127.0.0.1", patience=10.0):
        context = ssl.create_default_context(cafile=site.certificates.ca)
        self.line = http.client.HTTPSConnection("localhost", port, timeout=patience, context=context, source_address=(source, 0))
        self.place, self.patience = f"/{SCOPE}/registrations/{registration_id}", patience
        self.headers = {"Authorization": token(registration_id, key), "Content-Type": "application/json", "User-Agent": "quick"}
        self.body = json.dumps({"registrationId": registration_id})

    def ask(self, method: str, path: str, body=None):
        self.line.request(method, f"{self.place}/{path}?{VERSION}", body, self.headers)
        answer = self.line.getresponse()
        text = answer.read().decode()
        return answer.status, json.loads(text) if text else {}

    def register(self) -> dict:
        """The last answer, with `httpStatus` and how long it all took."""
        began = time.monotonic()
        try:
            status, told = self.ask("PUT", "register", self.body)
            while status == 202 and time.monotonic() < began + self.patience:
                time.sleep(POLL)
                status, told = self.ask("GET", f"operations/{told['operationId']}")
        finally:
            self.line.close()
        return {**told, "httpStatus": status, "seconds": time.monotonic() - began}
