"""SeaweedFS as an S3 server of one process, and the few lines of S3 that ask whether it answers."""

from __future__ import annotations

import contextlib
import datetime
import glob
import hashlib
import hmac
import http.client
import os
import socket
import urllib.parse

from .server import Server

BUCKET = "microlearn"
REGION = "us-east-1"
# S3 itself and the parts that it stands on. Each has a port for HTTP, and one 10 000 higher for gRPC:
# they can be set one by one, but not all parts look for the others there.
PARTS = ("s3", "master", "volume", "filer", "admin")


class S3(Server):
    name = "s3"
    setting = "artifacts"
    port_count = len(PARTS)
    port_above = 10_000
    # Now and then it waits half a minute for a connection of its own; it can be killed at any time.
    stops_within = 4

    def url(self) -> str:
        key, secret = self.secrets["s3_key"], self.secrets["s3_secret"]
        return f"s3://{key}:{secret}@{BUCKET}?endpoint={self.endpoint()}&region={REGION}"

    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        options = {
            "dir": self.data,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "bucket": BUCKET,
            "master.telemetry": "false",
            # Else it now and then waits for a leader that it could elect at once.
            "master.resumeState": "false",
            "admin.ui": "false",
            "webdav": "false",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "volume.preStopSeconds": 0,
        }
        options.update({f"{part}.port": port for part, port in zip(PARTS, self.ports)})
        return [self.binary, "mini", *(f"-{key}={value}" for key, value in options.items())]

    def environment(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": self.secrets["s3_key"], "AWS_SECRET_ACCESS_KEY": self.secrets["s3_secret"]}

    def answers(self) -> bool:
        """Whether the bucket is there and takes an object."""
        probe = f"/{BUCKET}/.answers"
        return self.request("PUT", probe, b"yes")[0] == 200 and self.request("DELETE", probe)[0] == 204

    def after_stop(self) -> None:
        """Removes the sockets that it puts there whatever it is told, and those of the killed."""
        for path in glob.glob("/tmp/seaweedfs-*.sock"):
            with socket.socket(socket.AF_UNIX) as probe:
                try:
                    probe.connect(path)
                except ConnectionRefusedError:
                    with contextlib.suppress(OSError):
                        os.unlink(path)
                except OSError:
                    pass  # somebody else's

    def request(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        key, secret = self.secrets["s3_key"], self.secrets["s3_secret"]
        return request(self.endpoint(), key, secret, method, path, body)


def request(endpoint: str, key: str, secret: str, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    """One request, signed as AWS describes under the name Signature Version 4: status and body."""
    host = urllib.parse.urlsplit(endpoint).netloc
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": now}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"{method}\n{urllib.parse.quote(path)}\n\n{lines}\n{names}\n{digest}"
    scope = f"{now[:8]}/{REGION}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signing = f"AWS4{secret}".encode()
    for word in scope.split("/"):
        signing = hmac.digest(signing, word.encode(), "sha256")
    signature = hmac.digest(signing, text.encode(), "sha256").hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    connection = http.client.HTTPConnection(host, timeout=1)
    try:
        connection.request(method, urllib.parse.quote(path), body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (http.client.HTTPException, socket.timeout) as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()
