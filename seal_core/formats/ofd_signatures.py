"""Signatures.xml and Signature.xml of an OFD package (GB/T 33190-2016, clause 18).

Reading is free of order and namespace and names what deviates; writing follows the
schema's order and the namespace of 2016.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from seal_core.errors import MalformedData
from seal_core.formats.ofd_model import parse_box
from seal_core.formats.ofd_package import (
    NAMESPACE,
    Element,
    OfdPackage,
    child,
    children,
    local_name,
    parse_xml,
    resolve,
    text_of,
)

SM2_WITH_SM3 = "1.2.156.10197.1.501"
SM3 = "1.2.156.10197.1.401"

MAX_SIGNATURES = 500

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of Signatures.xml."""

    id: str
    type: str  # "Seal" (the default) or "Sign"
    path: str | None  # of Signature.xml; None if it leads out of the package
    relative: str  # id of the signature it builds on (GM/T 0099), or empty


@dataclass(frozen=True, slots=True)
class SignatureList:
    """Signatures.xml."""

    path: str
    signatures: tuple[Listed, ...]
    max_ids: tuple[str, ...]  # MaxSignId; some files hold several


@dataclass(frozen=True, slots=True)
class Reference:
    """One protected file and its digest; None where the digest cannot be read."""

    path: str | None
    written: str
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class Stamp:
    """One place of the seal: *boundary* on the page, *clip* relative to the boundary, mm."""

    id: str
    page_id: str
    boundary: Box
    clip: Box | None = None


@dataclass(frozen=True, slots=True)
class SignatureFile:
    """Signature.xml."""

    path: str
    method: str
    written_time: str  # free text, unreliable
    check_method: str  # empty where absent, which the schema reads as MD5
    references: tuple[Reference, ...]
    stamps: tuple[Stamp, ...]
    seal: str | None
    signed_value: str | None
    quirks: tuple[str, ...]


def read_signature_list(package: OfdPackage, path: str) -> SignatureList:
    """Read Signatures.xml. Raises MalformedData."""
    root = package.xml(path)
    if local_name(root) != "Signatures":
        raise MalformedData("signatures", f"{path} holds {local_name(root)[:50]}")
    listed = tuple(_listed(element, path) for element in children(root, "Signature"))
    if len(listed) > MAX_SIGNATURES:
        raise MalformedData("signatures", f"{len(listed)} signatures")
    max_ids = tuple(text_of(element) for element in children(root, "MaxSignId"))
    return SignatureList(path, listed, max_ids)


def read_signature(package: OfdPackage, path: str) -> SignatureFile:
    """Read Signature.xml. Raises MalformedData where it is no signature at all."""
    path = package.find(path) or path
    root = package.xml(path)
    info = child(root, "SignedInfo")
    if local_name(root) != "Signature" or info is None:
        raise MalformedData("signature", f"{path} has no SignedInfo")
    quirks: list[str] = []
    references = child(info, "References")
    boxes = [_stamp(element) for element in children(info, "StampAnnot")]
    stamps = tuple(stamp for stamp in boxes if stamp)
    if len(stamps) != len(boxes):
        quirks.append("stamp_box")
    provider = child(info, "Provider")
    if provider is not None and len(provider) and not provider.get("ProviderName"):
        quirks.append("provider_elements")
    if not _in_schema_order(root, info):
        quirks.append("element_order")
    if not root.tag.startswith(f"{{{NAMESPACE}}}"):
        quirks.append("namespace")
    signed_value = _signed_value(package, root, path, quirks)
    seal = child(info, "Seal")
    return SignatureFile(
        path=path,
        method=text_of(child(info, "SignatureMethod")),
        written_time=text_of(child(info, "SignatureDateTime")),
        check_method=(references.get("CheckMethod") or "") if references is not None else "",
        references=tuple(_references(references, path, quirks)),
        stamps=stamps,
        seal=_locate(text_of(child(seal, "BaseLoc")), path) if seal is not None else None,
        signed_value=signed_value,
        quirks=tuple(dict.fromkeys(quirks)),
    )


def write_signature(
    *,
    provider: tuple[str, str, str],
    time: str,
    references: Iterable[tuple[str, bytes]],
    stamps: Sequence[Stamp],
    seal: str | None,
    signed_value: str,
) -> bytes:
    """Signature.xml in the schema's order; *provider* is name, version, company."""
    root = _root("Signature")
    info = _add(root, "SignedInfo")
    name, version, company = provider
    _add(info, "Provider", ProviderName=name, Version=version, Company=company)
    _add(info, "SignatureMethod").text = SM2_WITH_SM3
    _add(info, "SignatureDateTime").text = time
    listed = _add(info, "References", CheckMethod=SM3)
    for path, digest in references:
        reference = _add(listed, "Reference", FileRef=path)
        _add(reference, "CheckValue").text = base64.b64encode(digest).decode()
    for stamp in stamps:
        _add(info, "StampAnnot", **_stamp_attributes(stamp))
    if seal:
        _add(_add(info, "Seal"), "BaseLoc").text = seal
    _add(root, "SignedValue").text = signed_value
    return serialize(root)


def extend_signature_list(existing: bytes | None, new: Listed, max_id: str) -> bytes:
    """Signatures.xml with *new* at its end and MaxSignId renewed; earlier lines stay."""
    root = parse_xml(existing, "Signatures.xml") if existing else _root("Signatures")
    for old in [*children(root, "MaxSignId")]:
        root.remove(old)
    highest = root.makeelement(_beside(root, "MaxSignId"))
    highest.text = max_id
    root.insert(0, highest)
    line = root.makeelement(_beside(root, "Signature"))
    line.set("ID", new.id)
    line.set("Type", new.type)
    line.set("BaseLoc", new.path or "")
    root.append(line)
    return serialize(root)


def add_signatures_location(root: Element, places: Mapping[int, str]) -> bytes:
    """OFD.xml with a Signatures element in the DocBody of each index in *places*."""
    for index, body in enumerate(children(root, "DocBody")):
        if index not in places:
            continue
        for empty in [*children(body, "Signatures")]:
            body.remove(empty)
        location = body.makeelement(_beside(body, "Signatures"))
        location.text = places[index]
        body.append(location)  # the last of the schema's sequence
    return serialize(root)


def highest_id(ids: Iterable[str]) -> int:
    """The highest number at the end of any of the ids; 0 if there is none."""
    numbers = (re.search(r"(\d{1,9})$", value) for value in ids)
    return max((int(found[1]) for found in numbers if found), default=0)


def serialize(root: Element) -> bytes:
    """UTF-8 with an XML declaration."""
    body = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body


def _listed(element: Element, base: str) -> Listed:
    return Listed(
        id=element.get("ID", ""),
        type=element.get("Type") or "Seal",
        path=_locate(element.get("BaseLoc", ""), base),
        relative=element.get("Relative", ""),
    )


def _references(holder: Element | None, base: str, quirks: list[str]) -> Iterable[Reference]:
    if holder is None:
        return
    for element in children(holder, "Reference"):
        written = element.get("FileRef", "")
        if not written.startswith("/"):
            quirks.append("relative_reference")
        digest = _decode(text_of(child(element, "CheckValue")))
        yield Reference(_locate(written, base), written, digest)


def _stamp(element: Element) -> Stamp | None:
    boundary = parse_box(element.get("Boundary", ""))
    if boundary is None:
        return None
    clip = parse_box(element.get("Clip", ""))
    return Stamp(element.get("ID", ""), element.get("PageRef", ""), boundary, clip)


def _signed_value(package: OfdPackage, root: Element, base: str, quirks: list[str]) -> str | None:
    written = text_of(child(root, "SignedValue"))
    if written:
        return _locate(written, base)
    usual = resolve("SignedValue.dat", base)
    quirks.append("no_signed_value_element")
    return usual if usual in package else None


def _in_schema_order(root: Element, info: Element) -> bool:
    order = (
        "Provider",
        "SignatureMethod",
        "SignatureDateTime",
        "Parameters",  # GM/T 0099
        "References",
        "StampAnnot",
        "Seal",
    )
    outer = [name for name in map(local_name, root) if name]
    inner = [order.index(name) for name in map(local_name, info) if name in order]
    return outer in (["SignedInfo"], ["SignedInfo", "SignedValue"]) and inner == sorted(inner)


def _locate(written: str, base: str) -> str | None:
    try:
        return resolve(written, base)
    except MalformedData:
        return None


def _decode(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _root(name: str) -> Element:
    return etree.Element(f"{{{NAMESPACE}}}{name}", nsmap={"ofd": NAMESPACE})


def _add(parent: Element, name: str, **attributes: str) -> Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)


def _beside(root: Element, name: str) -> str:
    """The qualified name of a new child: in the namespace its parent is in."""
    namespace = etree.QName(root).namespace
    return f"{{{namespace}}}{name}" if namespace else name


def _stamp_attributes(stamp: Stamp) -> dict[str, str]:
    attributes = {"ID": stamp.id, "PageRef": stamp.page_id, "Boundary": _box(stamp.boundary)}
    if stamp.clip:
        attributes["Clip"] = _box(stamp.clip)
    return attributes


def _box(box: Box) -> str:
    return " ".join(map(_decimal, box))


def _decimal(value: float) -> str:
    """A plain decimal, as GB/T 33190 writes numbers; a micrometre is fine enough."""
    return f"{round(value, 3) + 0.0:.3f}".rstrip("0").rstrip(".")
