"""The messages of PostgreSQL's frontend/backend protocol 3, as far as a proxy has to understand them.

Source: PostgreSQL documentation, "Frontend/Backend Protocol", Message Formats.
"""

from __future__ import annotations

import re
import socket
import struct

SSL_REQUEST = 80877103
GSSENC_REQUEST = 80877104
CANCEL_REQUEST = 80877102
LARGEST_STARTUP = 10_000

# Text in which a COMMIT would be no command: quoted strings, dollar quotes, quoted names, comments.
NOT_CODE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/", re.DOTALL)
COMMIT = re.compile(
    r"(?:^|;)\s*(?:commit|end)(?:\s+(?:work|transaction))?(?:\s+and\s+(?:no\s+)?chain)?\s*(?:;|$)", re.IGNORECASE
)


class Closed(Exception):
    """The other side closed the connection."""


def receive(connection: socket.socket, size: int) -> bytes:
    """Exactly `size` bytes. Raises Closed."""
    parts: list[bytes] = []
    while size:
        part = connection.recv(min(size, 262_144))
        if not part:
            raise Closed
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def read_startup(connection: socket.socket) -> tuple[int, bytes]:
    """A message without type byte: its request code or protocol version, and its bytes. Raises Closed."""
    head = receive(connection, 4)
    length = struct.unpack("!I", head)[0]
    if not 8 <= length <= LARGEST_STARTUP:
        raise Closed
    body = receive(connection, length - 4)
    return struct.unpack("!I", body[:4])[0], head + body


def read_message(connection: socket.socket) -> tuple[bytes, bytes]:
    """Type byte and whole message. Raises Closed."""
    head = receive(connection, 5)
    return head[:1], head + receive(connection, struct.unpack("!I", head[1:])[0] - 4)


def strings(message: bytes, n: int) -> list[str]:
    """The first n zero-ended strings of a message's body."""
    parts = message[5:].split(b"\0", n)
    return [part.decode(errors="replace") for part in parts[:n]]


def is_commit(sql: str) -> bool:
    """Whether the text, or one of its statements, ends a transaction by COMMIT (or END)."""
    return COMMIT.search(NOT_CODE.sub(" ", sql)) is not None


def query(sql: str) -> bytes:
    body = sql.encode() + b"\0"
    return b"Q" + struct.pack("!I", len(body) + 4) + body


def fatal_error(sqlstate: str, text: str) -> bytes:
    """An ErrorResponse after which a server closes the connection."""
    fields = b"SFATAL\0VFATAL\0C" + sqlstate.encode() + b"\0M" + text.encode() + b"\0\0"
    return b"E" + struct.pack("!I", len(fields) + 4) + fields
