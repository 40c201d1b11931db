"""OFD signatures written by hand: right where nothing is said, wrong where a test wants it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Mapping

from seal_core.formats import ses
from seal_core.gm import sm3
from tests.support.ofd import OFD_NS
from tests.support.pki import SIGNED_AT, World

SM3_OID = "1.2.156.10197.1.401"


def signed_by_hand(
    files: Mapping[str, bytes],
    world: World,
    *,
    leave_out: Collection[str] = (),
    method: str | None = SM3_OID,
    digest: Callable[[bytes], bytes] = sm3.digest,
    folder: str = "Doc_0/Signs/Sign_0",
    list_path: str = "Doc_0/Signs/Signatures.xml",
    kind: str = "Seal",
    stamp: str = '<ofd:StampAnnot ID="s002" PageRef="10" Boundary="10 20 40 40"/>',
    edit: Callable[[str], str] = str,
    container: Callable[[bytes], bytes] | None = None,
    protect_list: bool = False,
    seal: bytes = b"",
) -> dict[str, bytes]:
    """*files* with a signature that protects all of them but those of *leave_out*.

    *edit* changes Signature.xml before it is signed, *container* makes another SignedValue.dat
    of it. A list of signatures that is there already gets one more line.
    """
    made = dict(files)
    made["OFD.xml"] = _announced(made["OFD.xml"].decode(), list_path).encode()
    order = made.get(list_path, b"").count(b"<ofd:Signature ")
    line = f'<ofd:Signature ID="s{order + 1}01" Type="{kind}" BaseLoc="/{folder}/Signature.xml"/>'
    made[list_path] = _listed(made.get(list_path, b"").decode(), line).encode()
    seal = made[f"{folder}/Seal.esl"] = seal or world.seal()
    unprotected = {*leave_out, *(() if protect_list else (list_path,))}
    references = "".join(
        f'<ofd:Reference FileRef="/{name}"><ofd:CheckValue>'
        f"{base64.b64encode(digest(content)).decode()}</ofd:CheckValue></ofd:Reference>"
        for name, content in made.items()
        if name not in unprotected
    )
    told = "" if method is None else f' CheckMethod="{method}"'
    xml = edit(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ofd:Signature xmlns:ofd="{OFD_NS}">'
        '<ofd:SignedInfo><ofd:Provider ProviderName="hand" Version="1" Company="test"/>'
        "<ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod>"
        "<ofd:SignatureDateTime>20260504030201Z</ofd:SignatureDateTime>"
        f"<ofd:References{told}>{references}</ofd:References>{stamp}"
        f"<ofd:Seal><ofd:BaseLoc>/{folder}/Seal.esl</ofd:BaseLoc></ofd:Seal></ofd:SignedInfo>"
        f"<ofd:SignedValue>/{folder}/SignedValue.dat</ofd:SignedValue></ofd:Signature>"
    ).encode()
    made[f"{folder}/Signature.xml"] = xml
    made[f"{folder}/SignedValue.dat"] = (
        container(xml) if container else _signed_value(world, seal, xml, f"/{folder}/Signature.xml")
    )
    return made


def _signed_value(world: World, seal: bytes, xml: bytes, path: str) -> bytes:
    return ses.build_signature(
        seal=seal,
        data_hash=sm3.digest(xml),
        property_info=path,
        signer=world.sealer,
        at=SIGNED_AT,
    )


def _announced(root: str, list_path: str) -> str:
    """OFD.xml that leads to the list, in its first DocBody."""
    if "Signatures>" in root:
        return root
    announced = f"<ofd:Signatures>/{list_path}</ofd:Signatures></ofd:DocBody>"
    return root.replace("</ofd:DocBody>", announced, 1)


def _listed(known: str, line: str) -> str:
    if known:
        return known.replace("</ofd:Signatures>", f"{line}</ofd:Signatures>")
    return f'<ofd:Signatures xmlns:ofd="{OFD_NS}">{line}</ofd:Signatures>'
