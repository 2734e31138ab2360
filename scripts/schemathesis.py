#!/usr/bin/env python3
"""Asks a fresh site everything its OpenAPI description allows, and much that it does not, as a
student, a teacher and an administrator: no 5xx, no status or body that the description does not have.

    scripts/schemathesis.py target/release/microlearn [--examples N] [--st PATH]

Needs `pip install schemathesis`. Exits with 1 if any role found something.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# Streams never end, and a role must not sign itself out or wait for a file.
LEFT_OUT = r"/api/v1/(events|pipelines/\{id\}/events|auth/logout|sessions/\{id\}|me/password)$"
# Requests that change something are limited to 600 a minute.
RATE = "9/s"


def call(url, path, body=None, token=None, method=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def sign_in(url, username, password):
    answer = call(url, "/api/v1/auth/login", {"username": username, "password": password})
    return answer["access_token"]


def person(url, admin, role):
    """An account that has changed its first password, signed in."""
    made = call(url, "/api/v1/users", {"username": f"a-{role}", "roles": [role]}, admin)
    first, second = made["password"], "a long and quiet word 7"
    token = sign_in(url, f"a-{role}", first)
    call(url, "/api/v1/me/password", {"current_password": first, "new_password": second}, token)
    return sign_in(url, f"a-{role}", second)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("binary")
    arguments.add_argument("--examples", type=int, default=15)
    arguments.add_argument("--st", default=shutil.which("st") or "st")
    options = arguments.parse_args()
    folder = tempfile.mkdtemp(prefix="schemathesis-")
    environment = dict(os.environ, MICROLEARN_ADMIN_PASSWORD="correct horse battery")
    command = [options.binary, "up", "--listen", "127.0.0.1:0", "--data", f"{folder}/data"]
    site = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        line = next(line for line in site.stdout if line.startswith("listening on"))
        url = re.search(r"http\S+", line).group()
        admin = sign_in(url, "admin", "correct horse battery")
        call(url, "/api/v1/demos/penguins", {}, admin)
        roles = {"student": person(url, admin, "student"), "teacher": person(url, admin, "teacher")}
        roles["admin"] = admin
        failed = []
        for role, token in roles.items():
            run = [
                options.st, "run", f"{url}/api/openapi.json", "--checks", CHECKS,
                "--header", f"Authorization: Bearer {token}",
                "--exclude-path-regex", LEFT_OUT, "--max-examples", str(options.examples),
                "--phases", "examples,coverage,fuzzing", "--rate-limit", RATE, "--continue-on-failure",
                "--suppress-health-check", "all", "--warnings", "off", "--seed", "7", "--no-color",
            ]
            print(f"== {role}", flush=True)
            if subprocess.run(run, cwd=folder).returncode != 0:
                failed.append(role)
            if site.poll() is not None:
                sys.exit(f"the site ended with {site.returncode}")
        print("found something as: " + ", ".join(failed) if failed else "nothing found")
        sys.exit(1 if failed else 0)
    finally:
        site.terminate()
        site.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
