"""Makes stock pyHanko know the names of the Chinese algorithms, for a second opinion.

Importing this module is enough. It adds names and changes none: asn1crypto has a public
hook for curves only, so the tables of object identifiers are extended the way pyHanko
itself extends them for post-quantum algorithms.
"""

from __future__ import annotations

from typing import Any

from asn1crypto import algos, cms, keys, tsp

SM3 = "1.2.156.10197.1.401"  # GM/T 0006-2023, digest
SM2_CURVE = "1.2.156.10197.1.301"
SM2_SIGN = "1.2.156.10197.1.301.1"  # seen as a signature algorithm in files of one vendor
SM2_WITH_SM3 = "1.2.156.10197.1.501"
GM_DATA = "1.2.156.10197.6.1.4.2.1"  # GB/T 35275-2017, 6: the content types of its own
GM_SIGNED_DATA = "1.2.156.10197.6.1.4.2.2"


def _name(table: Any, oid: str, name: str) -> None:
    """Let *oid* read as *name*; the identifier written for a name stays the first one known."""
    if table._reverse_map is None:  # built lazily, and it must not see our aliases
        table._reverse_map = {known: dotted for dotted, known in table._map.items()}
    table._map[oid] = name
    table._reverse_map.setdefault(name, oid)


def register() -> None:
    """Register all names. Safe to call twice."""
    assert tsp.TSTInfo  # its import adds names to the same tables, which must come before ours
    # 'sm3' also leads pyHanko to cryptography's hashes.SM3, which it looks up by name.
    _name(algos.DigestAlgorithmId, SM3, "sm3")
    _name(algos.SignedDigestAlgorithmId, SM2_WITH_SM3, "sm2_sm3")
    _name(algos.SignedDigestAlgorithmId, SM2_SIGN, "sm2_sign")
    keys.NamedCurve.register("sm2", SM2_CURVE, 32)
    # GB/T 35275 content types read as their PKCS#7 counterparts and are written as those.
    _name(cms.ContentType, GM_DATA, "data")
    _name(cms.ContentType, GM_SIGNED_DATA, "signed_data")


register()
