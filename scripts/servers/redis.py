"""Valkey, or Redis: a cache, so nothing is kept over a restart."""

from __future__ import annotations

import socket

from .server import Server


class Redis(Server):
    name = "redis"
    setting = "cache"

    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        options = {"bind": "127.0.0.1", "port": self.port, "dir": self.data, "save": "", "appendonly": "no"}
        return [self.binary, *(word for key, value in options.items() for word in (f"--{key}", str(value)))]

    def answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
            line.sendall(b"PING\r\n")
            return line.makefile("rb").readline() == b"+PONG\r\n"
