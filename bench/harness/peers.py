"""The libraries that MicroLearn is compared with, in an environment of their own."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

#: The programs that run in that environment, and what it must hold.
PROGRAMS = pathlib.Path(__file__).parents[1] / "peers"
#: Where it is made unless said otherwise; git ignores this folder.
FOLDER = pathlib.Path(__file__).parents[1] / "out" / "venv"


class Peers:
    """A virtual environment that holds what `requirements.txt` says; it is made when it does not."""

    def __init__(self, folder=FOLDER):
        self.python = folder.resolve() / "bin" / "python"
        wanted = (PROGRAMS / "requirements.txt").read_text(encoding="utf-8")
        made_of = folder / "made-of.txt"
        if made_of.exists() and made_of.read_text(encoding="utf-8") == wanted:
            return
        print(f"the peers are installed into {folder}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install = [self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "--requirement", PROGRAMS / "requirements.txt"], check=True)
        made_of.write_text(wanted, encoding="utf-8")

    def versions(self, *names):
        """What is really installed, as `name version`."""
        code = "import importlib.metadata as m, sys; print(*(f'{n} {m.version(n)}' for n in sys.argv[1:]), sep=', ')"
        done = subprocess.run([self.python, "-c", code, *names], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def run(self, program, job, limit=3600):
        """What a program of that folder answers to a job, in a process of its own."""
        with tempfile.TemporaryDirectory(prefix="microlearn-bench-") as folder:
            path = pathlib.Path(folder) / "job.json"
            path.write_text(json.dumps(job), encoding="utf-8")
            # Some libraries ask nobody else how many threads they may start.
            environment = {"OMP_NUM_THREADS": str(job["threads"])} if "threads" in job else {}
            answer = told([self.python, PROGRAMS / program, path], limit, folder, environment)
            # Libraries print what they like; the last line is the program's own.
            return json.loads(answer.splitlines()[-1])


class Failed(Exception):
    """A program that ended badly or not in time; the last thing it said."""


def told(command, limit, folder=None, environment=None):
    """What a program prints; it and all it started are ended when the time is over."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
        env=os.environ | (environment or {}), start_new_session=True,
    ) as process:
        try:
            answer, errors = process.communicate(timeout=limit)
        except BaseException as reason:
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(reason, subprocess.TimeoutExpired):
                raise Failed(f"not done after {limit:.0f} s") from None
            raise
    if process.returncode:
        said = [line.strip() for line in errors.splitlines() if line.strip()]
        raise Failed(said[-1] if said else f"it ended with {process.returncode}")
    return answer
