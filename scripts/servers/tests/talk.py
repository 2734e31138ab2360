"""The least that it takes to use each server."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from pathlib import Path

from servers import s3
from servers.fetch import find


def sql(state: dict, statement: str) -> str:
    beside = Path(find("postgres")).with_name("psql")
    psql = str(beside) if beside.exists() else shutil.which("psql")
    command = [psql, state["store"], "-v", "ON_ERROR_STOP=1", "-Atqc", statement]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def jetstream(state: dict, subject: str, request: dict) -> dict:
    """One request to JetStream, and its answer."""
    host, port = state["bus"].removeprefix("nats://").split(":")
    body = json.dumps(request).encode()
    with socket.create_connection((host, int(port)), timeout=5) as line:
        reader = line.makefile("rb")
        reader.readline()
        line.sendall(b'CONNECT {"verbose":false}\r\nSUB inbox 1\r\n')
        line.sendall(f"PUB {subject} inbox {len(body)}\r\n".encode() + body + b"\r\n")
        while True:
            words = reader.readline().split()
            if words[0] == b"MSG":
                return json.loads(reader.read(int(words[-1])))


def redis(state: dict, command: str) -> str:
    host, port = state["cache"].removeprefix("redis://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(f"{command}\r\n".encode())
        return line.makefile().readline().strip()


def objects(state: dict, method: str, name: str, body: bytes = b"", secret: str | None = None) -> tuple[int, bytes]:
    at = state["s3"]
    path = f"/{at['bucket']}/{name}"
    return s3.request(at["endpoint"], at["access_key"], secret or at["secret_key"], method, path, body)
