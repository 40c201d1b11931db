"""Adding signatures to an OFD package: Signature.xml, its value, the line in the list.

Every file the package has is protected but the lists of signatures, which must stay open
for the next signature; what is there already keeps its bytes.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from seal_core.engines.ofd_document import OfdDocument
from seal_core.formats.ofd_model import Body
from seal_core.formats.ofd_package import ROOT, OfdPackage, resolve, text_of
from seal_core.formats.ofd_signatures import (
    Box,
    Listed,
    Stamp,
    add_signatures_location,
    extend_signature_list,
    highest_id,
    read_signature,
    read_signature_list,
    write_signature,
)
from seal_core.gm import sm3

PROVIDER = ("zhangyin", "1.0", "zhangyin")


@dataclass(frozen=True, slots=True)
class Mark:
    """One place of the seal: the id of the page, the box on it and what of it is drawn."""

    page_id: str
    boundary: Box
    clip: Box | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What kind of signature to add; *value* makes SignedValue.dat from path and SM3 digest."""

    kind: Literal["Seal", "Sign"]
    value: Callable[[str, bytes], bytes]
    seal: bytes | None = None


class OfdSigning:
    """What is added to one package, signature by signature."""

    def __init__(self, document: OfdDocument, wish: Wish, at: datetime) -> None:
        self._package = document.package
        self._bodies = document.model.bodies
        self._signed = document.signed
        self._wish = wish
        self._at = at
        self._changes: dict[str, bytes] = {}
        self._digests: dict[str, bytes] = {}
        self._lists: dict[int, str] = {}
        self._made: list[str] = []

    def prepare(self, bodies: Sequence[Body]) -> None:
        """Give every document that is to be signed its place for signatures in OFD.xml.

        It comes first, because each signature protects OFD.xml.
        """
        places: dict[int, str] = {}
        wanted = {body.index for body in bodies}
        for body in self._bodies:
            if body.signatures:
                self._lists[body.index] = body.signatures
            elif body.index in wanted:
                self._lists[body.index] = places[body.index] = self._new_list_path(body, places)
        if places:
            root = self._package.xml(f"/{ROOT}")
            self._put(f"/{ROOT}", add_signatures_location(root, places))

    def add(self, body: Body, marks: Sequence[Mark] = (), *, closing: bool = False) -> None:
        """Add one signature to *body*; *closing* protects the lists, so none can follow."""
        list_path = self._lists[body.index]
        signed = self._signed.get(list_path)
        number = highest_id(signed.ids if signed else ()) + 1
        stamps = [
            Stamp(f"s{stamp_id:03d}", mark.page_id, mark.boundary, mark.clip)
            for stamp_id, mark in enumerate(marks, number + 1)
        ]
        folder = self._new_folder(list_path)
        path = f"{folder}/Signature.xml"
        # Signatures and stamps share one counter; an xs:ID may stand only once in a file.
        max_id = f"s{number + max(1, len(stamps)):03d}"
        line = Listed(f"s{number:03d}", self._wish.kind, path, "")
        self._put(list_path, extend_signature_list(self._known(list_path), line, max_id))
        if self._wish.seal is not None:
            self._put(f"{folder}/Seal.esl", self._wish.seal)
        self._put(path, self._signature_xml(folder, stamps, closing))
        digest = sm3.digest(self._changes[path])
        self._put(f"{folder}/SignedValue.dat", self._wish.value(path, digest))
        self._made.append(path)

    def finish(self) -> bytes:
        """The package, after a look at it with fresh eyes."""
        document = self._package.rewritten(self._changes, self._at)
        _check_result(self._package, OfdPackage(document), self._changes, self._made)
        return document

    def _signature_xml(self, folder: str, stamps: Sequence[Stamp], closing: bool) -> bytes:
        open_lists = set() if closing else set(self._lists.values())
        known = dict.fromkeys((*self._package.paths, *self._changes))
        return write_signature(
            provider=PROVIDER,
            time=self._at.astimezone(UTC).strftime("%Y%m%d%H%M%SZ"),
            references=[(path, self._digest(path)) for path in known if path not in open_lists],
            stamps=stamps,
            seal=f"{folder}/Seal.esl" if self._wish.seal is not None else None,
            signed_value=f"{folder}/SignedValue.dat",
        )

    def _known(self, path: str) -> bytes | None:
        """The file as it will be, or None if there is none."""
        if path in self._changes:
            return self._changes[path]
        return self._package.read(path) if path in self._package else None

    def _digest(self, path: str) -> bytes:
        if path not in self._digests:
            changed = self._changes.get(path)
            self._digests[path] = (
                sm3.digest(changed) if changed is not None else self._package.digest(path, sm3.new)
            )
        return self._digests[path]

    def _put(self, path: str, content: bytes) -> None:
        self._changes[path] = content
        self._digests.pop(path, None)

    def _new_list_path(self, body: Body, taken: dict[int, str]) -> str:
        folder = _ascii_folder(posixpath.dirname(body.document or "/"))
        used = self._used() | {path.casefold() for path in taken.values()}
        names = ("Signs", *(f"Signs_{n}" for n in range(1, len(used) + 2)))
        return next(
            path
            for path in (f"{folder}/{name}/Signatures.xml" for name in names)
            if path.casefold() not in used
        )

    def _new_folder(self, list_path: str) -> str:
        parent = _ascii_folder(posixpath.dirname(list_path))
        used = {posixpath.dirname(path) for path in self._used()}
        return next(
            folder
            for folder in (f"{parent}/Sign_{n}" for n in range(len(used) + 1))
            if folder.casefold() not in used
        )

    def _used(self) -> set[str]:
        return {path.casefold() for path in (*self._package.paths, *self._changes)}


def _ascii_folder(folder: str) -> str:
    """A folder whose path fits propertyInfo, an IA5String; one at the root where it does not."""
    folder = folder.rstrip("/")
    return folder if folder.isascii() else "/Signs"


def _check_result(
    before: OfdPackage, after: OfdPackage, changes: dict[str, bytes], made: Sequence[str]
) -> None:
    """Refuse to hand out a document that is not what was meant; a failure is our own mistake."""
    root = f"/{ROOT}"
    named = [resolve(text_of(e), root) for e in after.xml(root).iter("{*}Signatures")]
    lists = [read_signature_list(after, path) for path in named if path in after]
    listed = {line.path for signature_list in lists for line in signature_list.signatures}
    kept = [path for path in before.paths if path not in changes]
    sound = (
        listed.issuperset(made)
        and all(after.read(path) == content for path, content in changes.items())
        and all(after.keeps(path, before) for path in kept)
        and all(_protects_rightly(after, path) for path in made)
    )
    if not sound:
        raise RuntimeError("the sealed document is not what was written")


def _protects_rightly(package: OfdPackage, path: str) -> bool:
    """Whether the new signature can be read back, with its value, and names only real files."""
    signature = read_signature(package, path)
    value = signature.signed_value
    named = all(reference.path in package for reference in signature.references if reference.path)
    return named and value is not None and value in package and not signature.quirks
