"""Object stores for tests: real ones on loopback, and buckets that misbehave as some stores do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence

from reconciler.errors import StateError
from reconciler.state.objects.bucket import Bucket, Listed, Stored

S3_ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}

_SERVER = """
import sys, time
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(*server.get_host_and_port(), flush=True)
sys.stdin.read()
"""


class S3:
    """moto's S3 on a port of loopback; each `place` is a bucket of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | S3_ENVIRONMENT,
        )
        host, port = self._process.stdout.readline().split()
        self.endpoint = f"http://{host}:{port}"
        self._made = 0

    def place(self) -> str:
        """Make a bucket, and return a state URL in it."""
        import boto3

        self._made += 1
        name = f"states-{self._made}"
        boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="none",
            aws_secret_access_key="none",
        ).create_bucket(Bucket=name)
        return f"s3://{name}/messaging?region=us-east-1&endpoint={self.endpoint}"

    def stop(self) -> None:
        with self._process:  # which ends with its input, and with us
            self._process.stdin.close()


class Around:
    """A bucket that passes everything on; the others change one thing each."""

    def __init__(self, inner: Bucket) -> None:
        self.inner = inner
        self.place = inner.place

    def create(self, key: str, content: bytes) -> None:
        self.inner.create(key, content)

    def read(self, key: str) -> Stored | None:
        return self.inner.read(key)

    def listed(self, prefix: str, after: str = "") -> list[Listed]:
        return self.inner.listed(prefix, after)

    def delete(self, keys: Sequence[str]) -> None:
        self.inner.delete(keys)


class Overwriting(Around):
    """Ignores the condition that nothing of the name exists."""

    def create(self, key: str, content: bytes) -> None:
        self.inner.delete([key])
        self.inner.create(key, content)


class Lagging(Around):
    """Lists nothing that was put since it was made."""

    def __init__(self, inner: Bucket) -> None:
        super().__init__(inner)
        self._known = {each.key for each in inner.listed("")}

    def listed(self, prefix: str, after: str = "") -> list[Listed]:
        return [each for each in self.inner.listed(prefix, after) if each.key in self._known]


class LosingAnswers(Around):
    """Puts an object, and then does not say so, for the puts that it is told to."""

    def __init__(self, inner: Bucket, loses: Callable[[str], bool]) -> None:
        super().__init__(inner)
        self._loses = loses

    def create(self, key: str, content: bytes) -> None:
        self.inner.create(key, content)
        if self._loses(key):
            raise StateError("the connection was cut")


class Down(Around):
    """Does nothing from some moment on."""

    down = False
    asked = 0
    """How often, in vain or not."""

    def create(self, key: str, content: bytes) -> None:
        self._check()
        super().create(key, content)

    def read(self, key: str) -> Stored | None:
        self._check()
        return super().read(key)

    def listed(self, prefix: str, after: str = "") -> list[Listed]:
        self._check()
        return super().listed(prefix, after)

    def _check(self) -> None:
        self.asked += 1
        if self.down:
            raise StateError("the store cannot be reached")


class Aged(Around):
    """Says of everything that it was written so many seconds earlier."""

    age = 0.0

    def listed(self, prefix: str, after: str = "") -> list[Listed]:
        found = self.inner.listed(prefix, after)
        return [Listed(each.key, self._aged(each.key, each.written_at)) for each in found]

    def read(self, key: str) -> Stored | None:
        stored = self.inner.read(key)
        if stored is None:
            return None
        return Stored(stored.content, self._aged(key, stored.written_at))

    def _aged(self, key: str, written_at: float) -> float:
        return written_at if key.startswith("probe/") else written_at - self.age
