"""Pseudonyms as docs/agent.md defines them, written a second time: the key of a site and a word for what it is."""

import hashlib
import hmac


class Pseudonyms:
    def __init__(self, path):
        with open(path) as f:
            self.key = bytes.fromhex(f.read().strip())

    def of(self, domain, text):
        digest = hmac.new(self.key, f"{domain}:{text}".encode(), hashlib.sha256).digest()
        return "%016x" % int.from_bytes(digest[:8], "little")
