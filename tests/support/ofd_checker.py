"""A second opinion on sealed OFD files that shares no code with the product.

The standard library reads the package, ElementTree the XML, hashlib the digests, a DER walk
of ten lines the containers, and the ``openssl`` command the SM2 values. It knows only what
we write ourselves, with absolute paths: seals of GM/T 0031-2014, GB/T 38540-2020 and
GM/T 0031-2025, and SignedData of GB/T 35275 with attributes.
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
    value = files[_absolute(root.findtext(f"{NS}SignedValue", ""), path)]
    is_sign = _children(value)[0] == _SIGNED_DATA
    if order != [*expected, *["StampAnnot"] * stamps, *([] if is_sign else ["Seal"])]:
        found.append(f"order {order}")
    for reference in root.iter(f"{NS}Reference"):
        name = reference.get("FileRef", "")
        told = base64.b64decode(reference[0].text or "")
        if name not in files or hashlib.new("sm3", files[name]).digest() != told:
            found.append(f"changed {name}")
    if is_sign:
        return found + _problems_of_signed_data(value, files[path])
    seal = files[_absolute(root.findtext(f".//{NS}Seal/{NS}BaseLoc", ""), path)]
    return found + _problems_of_value(value, seal, path, files[path])


def _problems_of_value(value: bytes, seal: bytes, path: str, xml: bytes) -> list[str]:
    """SES_Signature: two fields in 2014, where the certificate is signed as well, then four."""
    found = []
    tbs, *rest = _children(value)
    version, embedded, _, data_hash, property_info, *more = _children(tbs)
    if len(rest) == 1:
        certificate, signature = more[0], rest[0]
    else:
        certificate, signature = rest[0], rest[2]
        if rest[3:] and hashlib.new("sm3", _content(signature)[1:]).digest() not in rest[3]:
            found.append("time stamp")
    if embedded != seal:
        found.append("Seal.esl differs")
    if _content(property_info) != path.encode():
        found.append("propertyInfo")
    if _content(data_hash) != b"\x00" + hashlib.new("sm3", xml).digest():
        found.append("dataHash")
    if not _openssl_verifies(_content(certificate), tbs, _content(signature)[1:]):
        found.append("signature value")
    return found + _problems_of_seal(embedded, _content(certificate), _content(version)[0])


def _problems_of_seal(seal: bytes, signer: bytes, version: int) -> list[str]:
    """The maker signs SES_SealInfo alone, in 2014 with his certificate and algorithm."""
    found = []
    info, *rest = _children(seal)
    if len(rest) == 1:
        origin = _children(rest[0])
        signed = _sequence(info, *origin[:2])
    else:
        origin, signed = rest, info
    header, _, properties, *_ = _children(info)
    if _content(_children(header)[1])[0] != version or version not in (1, 4, 5):
        found.append("version")
    digest = hashlib.new("sm3", signer).digest()
    if signer not in properties and digest not in properties:
        found.append("signer not in seal")
    if not _openssl_verifies(_content(origin[0]), signed, _content(origin[2])[1:]):
        found.append("seal signature")
    if origin[3:] and hashlib.new("sm3", _content(origin[2])[1:]).digest() not in origin[3]:
        found.append("time stamp of the seal")
    return found


_SIGNED_DATA = bytes.fromhex("060a2a811ccf550601040202")  # 1.2.156.10197.6.1.4.2.2
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")  # 1.2.840.113549.1.9.4


def _problems_of_signed_data(value: bytes, xml: bytes) -> list[str]:
    """One signer over the SET OF its attributes, the digest of Signature.xml among them."""
    found = []
    (body,) = _children(_children(value)[1])
    *_, certificates, infos = _children(body)
    (info,) = _children(infos)
    _, _, _, attributes, _, signature, *_ = _children(info)
    digests = [
        _content(_children(values)[0])
        for kind, values in map(_children, _children(attributes))
        if kind == _MESSAGE_DIGEST
    ]
    if digests != [hashlib.new("sm3", xml).digest()]:
        found.append("messageDigest")
    signed = b"\x31" + attributes[1:]
    if not any(
        _openssl_verifies(certificate, signed, _content(signature))
        for certificate in _children(certificates)
    ):
        found.append("signature value")
    return found


def _sequence(*parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return (
        b"\x30"
        + (bytes((size,)) if size < 0x80 else bytes((0x80 | len(octets),)) + octets)
        + content
    )


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
