"""PostgreSQL: one database `microlearn` whose owner may make others."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
from pathlib import Path
from typing import Iterator

from .server import Server

USER = DATABASE = "microlearn"


class Postgres(Server):
    name = "postgres"
    setting = "store"
    gently = signal.SIGINT
    # Not SIGKILL, which would leave its shared memory behind.
    quickly = signal.SIGQUIT
    refuses_root = True

    def url(self) -> str:
        return f"postgres://{USER}:{self.secrets['postgres']}@127.0.0.1:{self.port}/{DATABASE}"

    def prepare(self) -> Iterator[None]:
        if self.data.is_dir():
            return
        # Made under another name, so that what was cut off half-way is made anew.
        new = self.data.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        password = self.data.with_suffix(".password")
        password.write_text(self.secrets["postgres"])
        if os.geteuid() == 0:
            shutil.chown(new, "nobody")
        initdb = [str(Path(self.binary).with_name("initdb")), "-D", str(new), "-U", USER]
        initdb += ["-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8", "--locale=C", "--no-sync"]
        yield from self.run(initdb)
        password.unlink()
        # The database is made before any client can come.
        single = [self.binary, "--single", "-F", "-D", str(new), "postgres"]
        yield from self.run(single, f"CREATE DATABASE {DATABASE}\n")
        new.rename(self.data)

    def command(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            # The path of a socket may not be longer than 107 bytes; a folder's may.
            "unix_socket_directories": "",
            "max_connections": 300,
            # In the data folder: elsewhere it would outlive a kill.
            "dynamic_shared_memory_type": "mmap",
        }
        return [self.binary, "-D", str(self.data), *(f"--{key}={value}" for key, value in options.items())]

    def answers(self) -> bool:
        """Asks for a session. One that is starting or stopping refuses before it asks who we are."""
        words = f"user\0{USER}\0database\0{DATABASE}\0\0".encode()
        hello = struct.pack("!II", len(words) + 8, 3 << 16) + words
        with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
            line.sendall(hello)
            return line.recv(1024)[:1] == b"R"
