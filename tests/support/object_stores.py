"""Object stores that run on loopback: moto's S3 and Microsoft's Azurite. `gcs` is the third."""

from __future__ import annotations

import base64
import hmac
import itertools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import ClassVar

import boto3
import httpx

_SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://{}:{}".format(*server.get_host_and_port()), flush=True)
sys.stdin.read()
"""


class S3:
    """moto's S3 on a port of loopback; each `place` is a bucket of its own.

    Where `RECONCILER_TEST_S3_URL` names another S3, it is that one, with the environment's
    credentials: `make test-s3`.
    """

    tells_deaths = False
    """Whoever begins waits until a killed run counts as dead."""
    given = os.environ.get("RECONCILER_TEST_S3_URL", "")
    environment: ClassVar[dict[str, str]] = {
        "AWS_ACCESS_KEY_ID": os.environ.get("AWS_ACCESS_KEY_ID", "none"),
        "AWS_SECRET_ACCESS_KEY": os.environ.get("AWS_SECRET_ACCESS_KEY", "none"),
    }
    _numbers = itertools.count(1)
    """Of buckets: all of a process may lie on one server that was given."""

    def __init__(self) -> None:
        self._process = None if self.given else _moto(self.environment)
        self.endpoint = self.given or self._process.stdout.readline().strip()

    def place(self) -> str:
        """Make a bucket, and return a state URL in it."""
        name = f"states-{os.getpid()}-{next(self._numbers)}"
        boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
        ).create_bucket(Bucket=name)
        return f"s3://{name}/messaging?region=us-east-1&endpoint={self.endpoint}"

    def stop(self) -> None:
        if self._process is not None:
            with self._process:  # which ends with its input, and with us
                self._process.stdin.close()


def _moto(environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | environment,
    )


class Azurite:
    """Microsoft's emulator of Azure Blob Storage, where `AZURITE` names its `azurite-blob`."""

    program = os.environ.get("AZURITE", "")
    account = "devstoreaccount1"
    key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    """Both are documented, and the same everywhere."""
    environment: ClassVar[dict[str, str]] = {"AZURE_STORAGE_ACCOUNT_KEY": key}

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = ["--inMemoryPersistence", "--skipApiVersionCheck", "--silent"]
        self._process = subprocess.Popen(
            [self.program, *options, "--blobHost", "127.0.0.1", "--blobPort", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._url = f"http://127.0.0.1:{port}/{self.account}"
        self._made = 0

    def place(self) -> str:
        """Make a container, and return a state URL in it."""
        self._made += 1
        name = f"states-{self._made}"
        while not self._create_container(name):
            assert self._process.poll() is None
            time.sleep(0.05)
        return f"az://{name}/messaging?account={self.account}&endpoint={self._url}"

    def _create_container(self, name: str) -> bool:
        """Make a container; tells whether the server was there to do so."""
        when = formatdate(usegmt=True)
        signed = (
            f"PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{when}\nx-ms-version:2021-08-06\n"
            f"/{self.account}/{self.account}/{name}\nrestype:container"
        )
        digest = hmac.digest(base64.b64decode(self.key), signed.encode(), "sha256")
        headers = {
            "x-ms-date": when,
            "x-ms-version": "2021-08-06",
            "Authorization": f"SharedKey {self.account}:{base64.b64encode(digest).decode()}",
        }
        try:
            answer = httpx.put(f"{self._url}/{name}?restype=container", headers=headers)
        except httpx.TransportError:
            return False
        assert answer.status_code == 201, answer.text
        return True

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
