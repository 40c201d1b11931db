"""The octets of a PDF to be sealed: in memory, or in a file that grows where it lies."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

from seal_core.engines.pdf_repair import repair
from seal_core.errors import DocumentRefused


class Source(Protocol):
    """Where a document is read from, and appended to."""

    @property
    def octets(self) -> bytes | mmap.mmap:
        """For searching; a file's are read as they are needed."""
        ...

    @property
    def readable(self) -> bytes | Path:
        """For PDFium."""
        ...

    def opened(self) -> BinaryIO:
        """A stream at its beginning, to be read and appended to."""
        ...

    def repaired(self) -> Source:
        """The document written anew by PDFium. Raises MalformedData if it cannot."""
        ...


@dataclass(frozen=True, slots=True)
class InMemory:
    """A document whose octets stay as they are; what is appended goes to a copy."""

    octets: bytes

    @property
    def readable(self) -> bytes:
        return self.octets

    def opened(self) -> BinaryIO:
        return BytesIO(self.octets)

    def repaired(self) -> InMemory:
        return InMemory(repair(self.octets))


@dataclass(frozen=True, slots=True)
class InFile:
    """A file of our own that is sealed in place. *octets* are those it has had so far."""

    readable: Path
    stream: BinaryIO
    octets: mmap.mmap

    def opened(self) -> BinaryIO:
        self.stream.seek(0)
        return self.stream

    def repaired(self) -> InMemory:
        """In memory, since damaged files are rare, and without what was appended in vain; the
        sealed document replaces the file."""
        return InMemory(repair(bytes(self.octets)))


@contextmanager
def in_file(path: Path) -> Iterator[InFile]:
    """The file at *path* while it is worked on. Raises DocumentRefused for an empty one."""
    if not path.stat().st_size:
        raise DocumentRefused("empty")
    with (
        path.open("r+b") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as octets,
    ):
        yield InFile(path, stream, octets)
