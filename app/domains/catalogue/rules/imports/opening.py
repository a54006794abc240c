"""What is read of a file that somebody has brought: the one file in an archive, UTF-16 as UTF-8.

An archive is never unpacked to a folder: its one entry is read as a stream, so that no name in it can lead anywhere.
The size that it declares is bounded before the first byte, and `zipfile` never reads beyond what is declared; a file
that unpacks to far more than it is, is refused.
"""

from __future__ import annotations

import codecs
import io
import zipfile
import zlib
from typing import Any, BinaryIO

from app.domains.catalogue.errors import (
    ArchiveNotReadable,
    ArchiveOfMany,
    ArchiveProtected,
    ArchiveTooLarge,
)

LARGEST = 1 << 30
"""Bytes that an archive may unpack to."""
LARGEST_RATIO = 200
"""How many times its own size a large entry may unpack to; text of a catalogue packs about five to twenty times."""
RATIO_MATTERS = 10 << 20
MOST_ENTRIES = 100
CHUNK = 1 << 16
_ZIP = b"PK\x03\x04"


def open_stream(stream: BinaryIO) -> BinaryIO:
    """The text of a file as UTF-8, from its first byte; the stream can be read from anywhere (`seek`).

    Raises `ArchiveNotReadable`, `ArchiveOfMany`, `ArchiveTooLarge`, `ArchiveProtected`.
    """
    begin = _peek(stream, 4)
    if begin == _ZIP:
        stream = io.BufferedReader(_Entry(_open_archive(stream)), CHUNK)
        begin = stream.peek(4)[:4]
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if begin.startswith(mark):
            stream.read(len(mark))
            return Recoded(_Utf16(stream, encoding), CHUNK)
    return stream


class Recoded(io.BufferedReader):
    """A stream that was of another encoding: what it says of its own encoding is no longer so."""


def _peek(stream: BinaryIO, count: int) -> bytes:
    at = stream.tell()
    begin = stream.read(count)
    stream.seek(at)
    return begin


def _open_archive(stream: BinaryIO) -> io.BufferedIOBase:
    try:
        archive = zipfile.ZipFile(stream)
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_chaff(entry.filename)]
        if len(archive.infolist()) > MOST_ENTRIES or len(entries) != 1:
            raise ArchiveOfMany(count=len(entries))
        entry = entries[0]
        if entry.flag_bits & 0x1:
            raise ArchiveProtected()
        is_bomb = entry.file_size > RATIO_MATTERS and entry.file_size > LARGEST_RATIO * max(1, entry.compress_size)
        if entry.file_size > LARGEST or is_bomb:
            raise ArchiveTooLarge(limit=LARGEST >> 20)
        return archive.open(entry)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, zlib.error) as error:
        raise ArchiveNotReadable() from error


def _is_chaff(name: str) -> bool:
    """What systems put beside the files of a person: `__MACOSX/._a.csv`, `.DS_Store`."""
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1].startswith(".")


class _Entry(io.RawIOBase):
    """An entry of an archive; damage that shows while it is read is told as such."""

    def __init__(self, entry: io.BufferedIOBase) -> None:
        self.entry = entry

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        try:
            found = self.entry.read(len(view))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise ArchiveNotReadable() from error
        view[: len(found)] = found
        return len(found)


class _Utf16(io.RawIOBase):
    """UTF-16 as UTF-8. Half of a pair stays what no UTF-8 may hold, so that its line is told of."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self.stream = stream
        self.decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        self.rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        while not self.rest:
            block = self.stream.read(CHUNK)
            try:
                text = self.decoder.decode(block, final=not block)
            except UnicodeDecodeError:
                # an odd byte at the end of the file
                text = "\N{REPLACEMENT CHARACTER}"
                self.decoder.reset()
            self.rest = text.encode("utf-8", "surrogatepass")
            if not block:
                break
        found, self.rest = self.rest[: len(view)], self.rest[len(view) :]
        view[: len(found)] = found
        return len(found)
