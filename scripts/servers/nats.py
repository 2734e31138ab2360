"""NATS with JetStream, each message on the disk before it is acknowledged."""

from __future__ import annotations

import json
import socket

from .server import Server


class Nats(Server):
    name = "nats"
    setting = "bus"

    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        settings = {
            "host": "127.0.0.1",
            "port": self.port,
            "jetstream": {"store_dir": str(self.data), "sync_interval": "always"},
        }
        # Its configuration language is a superset of JSON.
        file = self.data / "nats.json"
        file.write_text(json.dumps(settings))
        return [self.binary, "--config", str(file)]

    def answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
            info = line.makefile("rb").readline()
        return info.startswith(b"INFO ") and json.loads(info[5:]).get("jetstream") is True
