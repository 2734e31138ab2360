"""The stack, with the real servers and a program that only says what it was given."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from .running import SCRIPTS, Case, kill

PROGRAM = '''#!{python}
import http.server, os, signal, sys
words = sys.argv[1:]
def of(flag): return words[words.index(flag) + 1]
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
    def log_message(self, *_): pass
def stop(*_):
    print("drained", flush=True)
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
for name in ("STORE", "BUS", "CACHE", "ARTIFACTS"):
    print(name.lower(), os.environ["MICROLEARN__" + name + "__URL"].split(":")[0])
print("pid", os.getpid())
if "--listen" in words: print("listening on http://" + of("--listen"))
print("working as", of("--only"), flush=True)
if "{broken}" == of("--only"): sys.exit(3)
http.server.HTTPServer(("127.0.0.1", int(of("--metrics-listen").split(":")[1])), Ready).serve_forever()
'''


class Stack(Case):
    def start(self, *args: str, broken: str = "") -> subprocess.Popen:
        program = self.folder / "microlearn"
        program.write_text(PROGRAM.format(python=sys.executable, broken=broken))
        program.chmod(0o755)
        command = [sys.executable, str(SCRIPTS / "stack.py"), "--binary", str(program), "--dir", str(self.home)]
        child = subprocess.Popen(
            [*command, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
        )
        self.addCleanup(self.end, child)
        self.lines: list[str] = []
        return child

    def read(self, child: subprocess.Popen, words: str) -> str:
        """The next line with these words."""
        for line in child.stdout:
            self.lines.append(line.rstrip())
            if words in line:
                return line.rstrip()
        self.fail(f"no line says {words!r}: {self.lines}")

    def pids(self) -> dict[str, int]:
        found = [line.split() for line in self.lines if " | pid " in line]
        return {words[0]: int(words[-1]) for words in found}

    def test_one_command_starts_all_and_ctrl_c_stops_all(self) -> None:
        child = self.start("--listen", "127.0.0.1:4711", "--replicas", "trainer=2")
        self.assertIn("ready at http://127.0.0.1:4711: 11 processes", self.read(child, "ready at"))
        text = "\n".join(self.lines)
        for name in ("gateway", "serving-1", "serving-2", "data-preparer", "trainer-1", "trainer-2", "orchestrator"):
            self.assertRegex(text, rf"(?m)^{name} +\| working as ")
        for words in ("store postgres", "bus nats", "cache redis", "artifacts s3"):
            self.assertEqual(text.count(words), 11, words)
        pids = self.pids()
        os.kill(pids["trainer-2"], signal.SIGKILL)
        self.read(child, "trainer-2 ended with -9, and is started again")
        self.assertIn("trainer-2", self.read(child, "working as"))
        # A server that dies comes back at its port, too.
        servers = self.home / "servers"
        kill(self.ask("status", home=servers), "postgres")
        self.read(child, "postgres ended with -9, and is started again")
        back = lambda: self.ask("status", home=servers)["servers"]["postgres"]["pid"]
        self.eventually(back, "postgres comes back")
        child.send_signal(signal.SIGINT)
        self.read(child, "stopped")
        self.assertEqual(child.wait(20), 0)
        self.assertEqual("\n".join(self.lines).count("drained"), 11)
        self.assertEqual([pid for pid in self.pids().values() if Path(f"/proc/{pid}").exists()], [])
        # What the servers stored is kept for the next start.
        self.assertTrue((self.home / "servers" / "postgres").is_dir())

    def test_what_cannot_start_stops_the_rest_and_is_named(self) -> None:
        child = self.start("--listen", "127.0.0.1:4711", broken="evaluator")
        self.read(child, "evaluator ended with 3 before it was ready")
        self.assertEqual(child.wait(20), 1)

    def test_dry_starts_nothing(self) -> None:
        child = self.start("--dry")
        self.read(child, "--only orchestrator")
        self.assertEqual(child.wait(20), 0)
        self.assertFalse(self.home.exists())
