"""A program that calls the API."""

import datetime
import http.client
import json
import time
import urllib.parse
import uuid

#: Longest wait for anything that must happen, in seconds, on a busy machine.
PATIENCE = 300


class Refused(Exception):
    """The site answered with an error."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class Client:
    """A caller on one keep-alive connection, so that a latency is the site's and not a handshake's."""

    def __init__(self, url, token=None):
        self.address = urllib.parse.urlsplit(url).netloc
        self.token = token
        self.connection = None

    @classmethod
    def sign_in(cls, url, password):
        """The administrator."""
        client = cls(url)
        answer = client.post("/api/v1/auth/login", {"username": "admin", "password": password})
        client.token = answer["access_token"]
        return client

    def send(self, method, path, body=None, kind="application/json"):
        """Status and body; a connection that the site closed meanwhile is opened again for a GET."""
        headers = {"Content-Type": kind} if body is not None else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
            try:
                self.connection.request(method, path, body, headers)
                answer = self.connection.getresponse()
                return answer.status, answer.read()
            except (http.client.HTTPException, ConnectionError):
                self.connection.close()
                self.connection = None
                if attempt == 2 or method != "GET":
                    raise

    def call(self, method, path, body=None, kind="application/json"):
        """The JSON of an answer that must be good."""
        status, answer = self.send(method, path, body, kind)
        if status >= 300:
            raise Refused(status, answer.decode(errors="replace"))
        return json.loads(answer) if answer else None

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, value):
        return self.call("POST", path, json.dumps(value).encode())

    def items(self, path):
        """Every item of a list that comes in pages."""
        found, cursor = [], None
        while True:
            more = f"&cursor={urllib.parse.quote(cursor)}" if cursor else ""
            page = self.get(f"{path}?limit=100{more}")
            found += page["items"]
            cursor = page.get("next_cursor")
            if not cursor:
                return found

    def dataset(self, path):
        """Uploads a file; the dataset once it was read."""
        border = uuid.uuid4().hex
        head = (
            f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + path.read_bytes() + f"\r\n--{border}--\r\n".encode()
        dataset = self.call("POST", "/api/v1/datasets", body, f"multipart/form-data; boundary={border}")
        return self.until(f"/api/v1/datasets/{dataset['id']}", lambda seen: seen["state"] != "profiling")

    def start(self, dataset, target, budget, **more):
        """Asks for a pipeline; its id."""
        spec = {"dataset_id": dataset["id"], "target": target, "task": "auto", "budget": budget}
        return self.post("/api/v1/pipelines", spec | more)["id"]

    def cancel(self, pipeline):
        return self.post(f"/api/v1/pipelines/{pipeline}/cancel", {})

    def finished(self, pipeline):
        """The pipeline once it has succeeded; anything else is worth stopping for."""
        ended = self.pipeline_until(
            pipeline, lambda seen: seen["state"] in ("succeeded", "failed", "cancelled")
        )
        if ended["state"] != "succeeded":
            raise RuntimeError(f"the pipeline ended as {ended['state']}: {ended.get('error')}")
        return ended

    def pipeline_until(self, pipeline, reached):
        return self.until(f"/api/v1/pipelines/{pipeline}", reached)

    def until(self, path, reached):
        """What `path` answers once `reached` holds for it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            seen = self.get(path)
            if reached(seen):
                return seen
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} did not get there: {seen}")
            time.sleep(0.02)


def moment(text):
    """Seconds since 1970 of an RFC 3339 time, whose fraction may have nine digits."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    start = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.UTC).timestamp()
    return start + float(f"0.{fraction or 0}")
