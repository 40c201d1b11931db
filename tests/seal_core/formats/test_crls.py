"""Revocation lists are read whole or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from seal_core.errors import MalformedData
from seal_core.formats.crls import parse_crl
from tests.support.pki import NOT_AFTER, NOT_BEFORE, SIGNED_AT, Authority

CA = Authority.root()


def test_entries_and_dates() -> None:
    crl = parse_crl(CA.crl([(5, SIGNED_AT)]))

    assert crl.issuer.der == CA.parsed.subject_name.der
    assert (crl.this_update, crl.next_update) == (NOT_BEFORE, NOT_AFTER)
    assert crl.revoked[5].at == SIGNED_AT
    assert 6 not in crl.revoked
    assert not crl.has_unknown_critical


def test_an_empty_list_revokes_nobody() -> None:
    assert dict(parse_crl(CA.crl()).revoked) == {}


def test_cut_anywhere_is_malformed() -> None:
    data = CA.crl([(5, SIGNED_AT)])
    for end in range(len(data)):
        with pytest.raises(MalformedData):
            parse_crl(data[:end])


@pytest.mark.parametrize("partial", [False, True])
def test_lists_of_another_writer(partial: bool) -> None:
    """Reasons are read; a list for some certificates only says so critically."""
    key = ec.generate_private_key(ec.SECP256R1())
    when = datetime(2026, 1, 2, tzinfo=UTC)
    entry = x509.RevokedCertificateBuilder(9, when).add_extension(
        x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False
    )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA")])
    builder = (
        x509.CertificateRevocationListBuilder(name, NOT_BEFORE, NOT_AFTER)
        .add_revoked_certificate(entry.build())
        .add_extension(x509.CRLNumber(3), critical=False)
    )
    if partial:
        scope = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
        builder = builder.add_extension(scope, critical=True)

    crl = parse_crl(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))

    assert crl.revoked[9].is_compromise
    assert crl.revoked[9].at == when
    assert crl.has_unknown_critical is partial
