"""The servers come up, do their work, survive what tests do to them, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from .running import UP, Case, alive, kill, pids
from .talk import jetstream, objects, redis, sql


class Servers(Case):
    def test_all_of_them_answer_and_leave_nothing_behind(self) -> None:
        child, state = self.up()
        self.assertEqual(sql(state, "SELECT current_database()"), "microlearn")
        sql(state, "CREATE DATABASE another")
        info = jetstream(state, "$JS.API.INFO", {})
        self.assertIn("limits", info)
        self.assertEqual(redis(state, "PING"), "+PONG")
        self.assertEqual(objects(state, "PUT", "a/b c.txt", b"text")[0], 200)
        self.assertEqual(objects(state, "GET", "a/b c.txt"), (200, b"text"))
        self.assertEqual(objects(state, "GET", "a/b c.txt", secret="guessed")[0], 403)
        parts = state["s3"]
        self.assertEqual(
            state["artifacts"],
            f"s3://{parts['access_key']}:{parts['secret_key']}@{parts['bucket']}"
            f"?endpoint={parts['endpoint']}&region={parts['region']}",
        )
        self.assertEqual(len(alive(state)), 4)
        self.stops(child, state)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_what_is_stored_survives_being_killed_and_not_being_wiped(self) -> None:
        _, first = self.up("--only", "postgres,nats,s3")
        sql(first, "CREATE TABLE kept AS SELECT 7 AS n")
        stream = {"name": "KEPT", "subjects": ["kept"]}
        self.assertNotIn("error", jetstream(first, "$JS.API.STREAM.CREATE.KEPT", stream))
        objects(first, "PUT", "kept", b"yes")
        for name in first["servers"]:
            kill(first, name)
            self.eventually(lambda: self.ask("status")["servers"][name]["pid"] is None, "a death unseen")
            second = self.ask("start", name)
        self.assertEqual({**first, "servers": 0}, {**second, "servers": 0}, "other addresses")
        self.assertEqual(sql(first, "SELECT n FROM kept"), "7")
        self.assertNotIn("error", jetstream(first, "$JS.API.STREAM.INFO.KEPT", {}))
        self.assertEqual(objects(first, "GET", "kept"), (200, b"yes"))
        for name in first["servers"]:
            third = self.ask("wipe", name)
        self.assertEqual({**first, "servers": 0}, {**third, "servers": 0}, "other addresses")
        self.assertEqual(sql(first, "SELECT to_regclass('kept') IS NULL"), "t")
        self.assertIn("error", jetstream(first, "$JS.API.STREAM.INFO.KEPT", {}))
        self.assertEqual(objects(first, "GET", "kept")[0], 404)

    def test_one_is_stopped_and_started_while_the_others_go_on(self) -> None:
        child, first = self.up("--only", "nats,redis")
        stopped = self.ask("stop", "nats")
        self.assertIsNone(stopped["servers"]["nats"]["pid"])
        self.assertEqual(stopped["servers"]["redis"], first["servers"]["redis"])
        with self.assertRaises(ConnectionRefusedError):
            jetstream(first, "$JS.API.INFO", {})
        self.assertEqual(self.ask("start", "nats")["bus"], first["bus"])
        last = self.ask("restart", "redis")
        self.assertNotEqual(last["servers"]["redis"]["pid"], first["servers"]["redis"]["pid"])
        kill(last, "redis", signal.SIGSTOP)
        self.stops(child, last)

    def test_a_server_that_dies_is_started_again_also_when_nobody_hears_of_it(self) -> None:
        child, first = self.up("--only", "nats,redis", "--revive")
        child.stdout.close()
        for _ in range(2):
            before = self.ask("status")["servers"]["redis"]["pid"]
            os.kill(before, signal.SIGKILL)
            self.eventually(lambda: self.ask("status")["servers"]["redis"]["pid"] not in (before, None), "it stays dead")
            self.eventually(lambda: answers(first), "it does not answer")
        last = self.ask("status")
        self.assertEqual(last["servers"]["nats"], first["servers"]["nats"])
        self.ask("stop", "redis")
        self.assertIsNone(self.ask("status")["servers"]["redis"]["pid"], "what was stopped stays so")
        self.stops(child, last)

    def test_they_die_with_the_process_that_started_them(self) -> None:
        parent = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"
        child, state = self.up("--only", "postgres,redis", command=[sys.executable, "-c", parent, *UP])
        child.kill()
        self.eventually(lambda: not alive(state), "servers without a parent")
        self.eventually(lambda: not self.home.exists(), "a folder without servers")

    def test_they_die_with_a_supervisor_that_is_killed(self) -> None:
        child, state = self.up()
        os.kill(state["pid"], signal.SIGKILL)
        self.eventually(lambda: not alive(state), "servers without a supervisor")
        child.wait()

    def test_in_the_background_until_told_otherwise(self) -> None:
        _, state = self.up("--only", "redis", "--keep", "--detach")
        self.assertEqual(self.ask("status"), state)
        self.ask("down")
        self.assertEqual(alive(state), [])
        # The folder was kept; who uses it again finds the same address.
        child, again = self.up("--only", "redis", "--keep")
        self.assertEqual(again["cache"], state["cache"])
        self.stops(child, again)
        self.assertTrue(self.home.exists())

    def test_a_folder_has_one_supervisor(self) -> None:
        self.up("--only", "redis")
        second = subprocess.run([*UP, "--dir", str(self.home)], capture_output=True, text=True)
        self.assertEqual((second.returncode, second.stdout), (1, ""))
        self.assertIn("used by other servers", second.stderr)

    def test_a_port_of_ones_choice_that_is_taken_is_refused(self) -> None:
        _, state = self.up("--only", "redis")
        port = state["servers"]["redis"]["port"]
        other = [*UP, "--dir", str(self.folder / "other"), "--only", "nats", "--port", f"nats={port}"]
        refused = subprocess.run(other, capture_output=True, text=True)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"port {port} is taken", refused.stderr)
        self.assertEqual(len(pids(state)), 1)


def answers(state: dict) -> bool:
    try:
        return redis(state, "PING") == "+PONG"
    except OSError:
        return False
