"""A real S3 server (SeaweedFS) on loopback, with its own folder, ports and keys."""

from __future__ import annotations

import json
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

ACCESS_KEY, SECRET_KEY = "serai-test", "serai-test-secret"
BUCKET = "serai"
START_LIMIT_S = 60
PORTS = (
    "-master.port",
    "-master.port.grpc",
    "-volume.port",
    "-volume.port.grpc",
    "-filer.port",
    "-filer.port.grpc",
    "-s3.port",
    "-s3.port.grpc",
)
NOT_SERVED = ("-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false")


@dataclass(frozen=True)
class S3Server:
    """A running server with one empty bucket; its keys are `ACCESS_KEY` and `SECRET_KEY`."""

    endpoint: str

    @property
    def storage_url(self) -> str:
        return f"s3://{BUCKET}?endpoint={self.endpoint}&region=us-east-1"


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Start the server, wait until it takes and gives back an object, stop it at the end."""
    ports = free_ports(len(PORTS))
    keys = folder / "s3.json"
    keys.write_text(
        json.dumps(
            {
                "identities": [
                    {
                        "name": "test",
                        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
                        "actions": ["Admin", "Read", "Write", "List"],
                    }
                ]
            }
        )
    )
    command = [
        str(Path(sysconfig.get_path("scripts")) / "weed"),
        "server",
        "-s3",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-dir={folder}",
        f"-s3.config={keys}",
        "-volume.max=4",
        "-master.volumeSizeLimitMB=64",
        *(f"{name}={port}" for name, port in zip(PORTS, ports, strict=True)),
        *NOT_SERVED,
    ]
    server = S3Server(f"http://127.0.0.1:{ports[PORTS.index('-s3.port')]}")
    log = folder / "weed.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait(server, process, log)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on; all held until all are known, so that none is named twice."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for entry in sockets:
            entry.bind(("127.0.0.1", 0))
        return [entry.getsockname()[1] for entry in sockets]


def _wait(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(connect_timeout=1, read_timeout=5, retries={"max_attempts": 1}),
    )
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        try:
            client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="ready", Body=b"ready")
            client.delete_object(Bucket=BUCKET, Key="ready")
            return
        except (BotoCoreError, ClientError) as error:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
            if code in ("BucketAlreadyExists", "BucketAlreadyOwnedByYou"):
                client.put_object(Bucket=BUCKET, Key="ready", Body=b"ready")
                return
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(log.read_text(errors="replace")[-2000:]) from error
            time.sleep(0.2)
