"""The real program on a folder of its own."""

import hashlib
import os
import pathlib
import subprocess
import tempfile
import time

from .client import Client, Refused

PASSWORD = "a-long-enough-password"
TICKS = os.sysconf("SC_CLK_TCK")


class Site:
    """One start of the program; the folder outlives it, so that it can be started again."""

    def __init__(self, binary):
        self.binary = binary
        self.temporary = tempfile.TemporaryDirectory(prefix="microlearn-bench-")
        self.folder = pathlib.Path(self.temporary.name)
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.temporary.cleanup()

    def start(self):
        """Starts the program; returns when it says where it listens."""
        environment = os.environ | {"MICROLEARN_ADMIN_PASSWORD": PASSWORD}
        command = [self.binary, "up", "--listen", "127.0.0.1:0", "--data", self.folder / "site"]
        with open(self.folder / "stderr.log", "ab") as log:
            self.begun = time.monotonic()
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment)
        for line in self.process.stdout:
            if line.startswith(b"listening on "):
                self.listening_after = time.monotonic() - self.begun
                self.url = line.split()[-1].decode()
                return
        log = (self.folder / "stderr.log").read_text(errors="replace")
        raise RuntimeError(f"the program ended before it listened:\n{log}")

    def kill(self):
        """Ends the process without warning, as a power cut would."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def wait_until_ready(self):
        """Seconds from the start to the first 200 of /readyz."""
        client = Client(self.url)
        while client.send("GET", "/readyz")[0] != 200:
            time.sleep(0.005)
        return time.monotonic() - self.begun

    def admin(self):
        return Client.sign_in(self.url, PASSWORD)

    def processes(self):
        """The program and every process that it started."""
        parents = {}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                fields = stat_fields(entry.name)
                if fields:
                    parents[int(entry.name)] = int(fields[1])
        found = {self.process.pid}
        while more := {child for child, parent in parents.items() if parent in found} - found:
            found |= more
        return found

    def cpu_seconds(self):
        """CPU time that the program has used until now."""
        used = 0
        for pid in self.processes():
            fields = stat_fields(pid)
            used += int(fields[11]) + int(fields[12]) if fields else 0
        return used / TICKS

    def resident_megabytes(self):
        """VmRSS of the program and its children, in MB of 10⁶ bytes."""
        kibibytes = 0
        for pid in self.processes():
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    kibibytes += int(line.split()[1])
        return kibibytes * 1024 / 1e6

    def artefact(self, sha256):
        """The stored file with this hash."""
        for path in sorted((self.folder / "site").rglob("*")):
            if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
                return path
        raise FileNotFoundError(f"no stored file has the hash {sha256}")

    def predict_offline(self, model, table):
        """The CSV that `microlearn predict` makes of a table."""
        command = [self.binary, "predict", model, table]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Refused(done.returncode, done.stderr)
        return done.stdout


def stat_fields(pid):
    """The fields of /proc/PID/stat after the name, which may hold spaces; none if it has ended."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()
