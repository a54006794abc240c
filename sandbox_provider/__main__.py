"""`python -m sandbox_provider --port 8090 --state DIR`: run the provider on loopback until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import base64
import binascii
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from werkzeug.serving import WSGIRequestHandler, make_server

from .application import create_application
from .calls import Provider
from .courier import Courier
from .store import Store

ADDRESS = "127.0.0.1"
# Known to everybody: a webhook of the sandbox moves no money. The same in the merchant's default settings.
SANDBOX_SECRET = "whsec_c2VyYWktc2FuZGJveC13ZWJob29rLXNlY3JldA=="


class Handler(WSGIRequestHandler):
    """Answers at once: Nagle's algorithm would hold small answers back by up to 40 ms."""

    disable_nagle_algorithm = True

    def version_string(self) -> str:
        return "sandbox-provider"


def webhook_secret(text: str) -> str:
    """`whsec_` and 16 or more bytes in base64."""
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith("whsec_") or len(key) < 16:
        raise argparse.ArgumentTypeError("must be whsec_ followed by base64 of at least 16 bytes")
    return text


def interrupt(signal_number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="sandbox_provider", description="A payment provider for demos and tests.")
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one")
    parser.add_argument("--state", type=Path, required=True, help="folder of its books")
    secret = os.environ.get("SANDBOX_PROVIDER_SECRET", SANDBOX_SECRET)  # not on the command line, where all can read
    parser.add_argument("--secret", type=webhook_secret, default=secret, help="signs the webhooks: whsec_…")
    parser.add_argument("--public-url", default="", help="where browsers find it, if not on its own port")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, interrupt)
    # The port is taken before the books are opened: two providers on the same books would deliver everything twice.
    stopping = threading.Event()
    store: Store | None = None
    courier: Courier | None = None
    server = None
    try:
        server = make_server(ADDRESS, options.port, lambda environ, start: flask(environ, start), True, 1, Handler)
        public_url = options.public_url.rstrip("/") or f"http://{ADDRESS}:{server.server_port}"
        store = Store(options.state)
        courier = Courier(store, options.secret)
        flask = create_application(Provider(store, courier, public_url, stopping))
        courier.start()
        print(f"sandbox payment provider: {public_url}/ (control page), API {public_url}/v1", flush=True)
        server.serve_forever()
    except KeyboardInterrupt:
        logging.getLogger(__name__).info("stopped")
    finally:
        stopping.set()
        if courier is not None:
            courier.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
