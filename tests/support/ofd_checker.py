"""A second opinion on sealed OFD files that shares no code with the product.

The standard library reads the package, ElementTree the XML, hashlib the digests, a DER walk
of ten lines the containers, and the ``openssl`` command the SM2 values. It knows only what
we write ourselves: GB/T 38540-2020 over GB/T 33190-2016 with absolute paths.
"""

from __future__ import annotations

import base64
import hashlib
import io
import posixpath
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree

NS = "{http://www.ofdspec.org/2016}"
OPENSSL = shutil.which("openssl")
_VERIFY = "dgst -sm3 -sigopt distid:1234567812345678 -verify key -signature signature message"


def problems(data: bytes) -> list[str]:
    """What is wrong with any signature of the file; empty if all is well.

    A file without signatures is a problem, so that nothing passes by being looked past.
    """
    files = _files(data)
    root = ElementTree.fromstring(files["/OFD.xml"])
    lists = [element.text or "" for element in root.iter(f"{NS}Signatures")]
    found = [
        f"{path}: {problem}"
        for listed in lists
        for path in _signatures(files, _absolute(listed, "/OFD.xml"))
        for problem in _problems_of(files, path)
    ]
    return found if lists else ["no signature"]


def signature_paths(data: bytes) -> list[str]:
    """The Signature.xml files of all documents."""
    files = _files(data)
    root = ElementTree.fromstring(files["/OFD.xml"])
    return [
        path
        for element in root.iter(f"{NS}Signatures")
        for path in _signatures(files, _absolute(element.text or "", "/OFD.xml"))
    ]


def unprotected(data: bytes) -> set[str]:
    """Files the newest signature leaves out, the machinery of signing itself apart."""
    files = _files(data)
    newest = signature_paths(data)[-1]
    root = ElementTree.fromstring(files[newest])
    covered = {element.get("FileRef") for element in root.iter(f"{NS}Reference")}
    own = {newest, f"{posixpath.dirname(newest)}/SignedValue.dat"}
    return {
        path
        for path in files
        if path not in covered and path not in own and not path.endswith("/Signatures.xml")
    }


def _files(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {f"/{n}": archive.read(n) for n in archive.namelist() if not n.endswith("/")}


def _signatures(files: dict[str, bytes], path: str) -> list[str]:
    root = ElementTree.fromstring(files[path])
    return [_absolute(e.get("BaseLoc", ""), path) for e in root.iter(f"{NS}Signature")]


def _absolute(location: str, base: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), location))


def _problems_of(files: dict[str, bytes], path: str) -> list[str]:
    found = []
    root = ElementTree.fromstring(files[path])
    order = [element.tag.removeprefix(NS) for element in root[0]]
    stamps = order.count("StampAnnot")
    expected = ["Provider", "SignatureMethod", "SignatureDateTime", "References"]
    if order != [*expected, *["StampAnnot"] * stamps, "Seal"]:
        found.append(f"order {order}")
    for reference in root.iter(f"{NS}Reference"):
        name = reference.get("FileRef", "")
        told = base64.b64decode(reference[0].text or "")
        if name not in files or hashlib.new("sm3", files[name]).digest() != told:
            found.append(f"changed {name}")
    value = files[_absolute(root.findtext(f"{NS}SignedValue", ""), path)]
    seal = files[_absolute(root.findtext(f".//{NS}Seal/{NS}BaseLoc", ""), path)]
    return found + _problems_of_value(value, seal, path, files[path])


def _problems_of_value(value: bytes, seal: bytes, path: str, xml: bytes) -> list[str]:
    found = []
    tbs, certificate, _, signature, *_ = _children(value)
    _, embedded, _, data_hash, property_info, *_ = _children(tbs)
    info, maker, _, seal_signature = _children(embedded)
    if embedded != seal:
        found.append("Seal.esl differs")
    if _content(property_info) != path.encode():
        found.append("propertyInfo")
    if _content(data_hash) != b"\x00" + hashlib.new("sm3", xml).digest():
        found.append("dataHash")
    if not _openssl_verifies(_content(certificate), tbs, _content(signature)[1:]):
        found.append("signature value")
    if not _openssl_verifies(_content(maker), info, _content(seal_signature)[1:]):
        found.append("seal signature")
    return found


def _header(der: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at *at* starts and ends."""
    first = der[at + 1]
    if first < 0x80:
        return at + 2, at + 2 + first
    start = at + 2 + (first & 0x7F)
    return start, start + int.from_bytes(der[at + 2 : start], "big")


def _content(der: bytes) -> bytes:
    start, end = _header(der, 0)
    return der[start:end]


def _children(der: bytes) -> list[bytes]:
    at, end = _header(der, 0)
    found = []
    while at < end:
        _, after = _header(der, at)
        found.append(der[at:after])
        at = after
    return found


def _openssl_verifies(certificate: bytes, message: bytes, signature: bytes) -> bool:
    """``openssl dgst`` with SM2's identity; True without a look where there is no openssl."""
    if OPENSSL is None:
        return True
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "message").write_bytes(message)
        (place / "signature").write_bytes(signature)
        key = subprocess.run(
            [OPENSSL, "x509", "-inform", "DER", "-pubkey", "-noout"],
            input=certificate,
            capture_output=True,
            check=True,
        )
        (place / "key").write_bytes(key.stdout)
        answer = subprocess.run(
            [OPENSSL, *_VERIFY.split()],
            cwd=place,
            capture_output=True,
            check=False,
        )
    return answer.returncode == 0
