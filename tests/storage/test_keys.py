"""The software key keeper: what opens a key, and what does not."""

from __future__ import annotations

import dataclasses

import pytest

from seal_core.domain.keys import KeyUnavailable, Proof, ProofRefused, SealKey, UserKey
from seal_core.domain.provinces import Authorisation
from seal_core.domain.secrets import Pin
from seal_core.errors import CryptoError, DecryptionFailed
from seal_core.formats.certificates import build_request
from seal_core.gm import sm3
from seal_core.gm.sm2 import PrivateKey, PublicKey
from storage.keys import CHEAPEST, PinOpener, SoftwareKeeper

PIN, OTHER = Pin("739154"), Pin("739155")
TRANSPORT = PrivateKey.generate()
KEK, PEPPER = b"k" * 32, b"p" * 32


def a_keeper(
    kek: bytes = KEK, pepper: bytes = PEPPER, transport: PrivateKey | None = TRANSPORT
) -> SoftwareKeeper:
    return SoftwareKeeper(
        kek=kek,
        pepper=pepper,
        cost=CHEAPEST,
        transport_public=TRANSPORT.public_key,
        transport=transport,
    )


keeper = a_keeper()


@pytest.fixture
def enrolled() -> tuple[bytes, UserKey]:
    return keeper.enrol_with_pin("person", PIN)


@pytest.fixture
def seal_key(enrolled: tuple[bytes, UserKey]) -> SealKey:
    return keeper.new_seal_keys("seal", [enrolled[1]], "示例公司")[0]


def test_the_right_pin_leads_to_the_seal_s_own_key(
    enrolled: tuple[bytes, UserKey], seal_key: SealKey
) -> None:
    """
    What a worker signs with is the key that the certificate request was made for.
    """
    envelope = keeper.envelope_with_pin(*enrolled, PIN, seal_key, "order")
    assert envelope is not None
    signer = keeper.open_envelope(envelope, "order", b"certificate", (b"issuer",))
    assert (signer.certificate, signer.chain) == (b"certificate", (b"issuer",))
    point = next(p for p in _points(seal_key.request))
    PublicKey.from_point(point).verify(signer.sign(b"words"), b"words")


def test_a_wrong_pin_opens_nothing(enrolled: tuple[bytes, UserKey], seal_key: SealKey) -> None:
    """
    One digit beside it is as wrong as any other; the answer is None, not an exception.
    """
    verifier, user = enrolled
    assert keeper.matches(verifier, PIN)
    for wrong in (OTHER, Pin(""), Pin("739154 "), Pin("７３９１５４")):
        assert not keeper.matches(verifier, wrong)
        assert keeper.envelope_with_pin(verifier, user, wrong, seal_key, "order") is None
        assert keeper.rewrap(verifier, user, wrong, Pin("280517")) is None


def test_a_stolen_database_is_nothing_without_kek_and_pepper(
    enrolled: tuple[bytes, UserKey],
) -> None:
    """
    With another key-encryption key nothing opens; with another pepper the PIN is wrong.
    """
    verifier, _ = enrolled
    with pytest.raises(DecryptionFailed):
        a_keeper(kek=b"x" * 32).matches(verifier, PIN)
    assert not a_keeper(pepper=b"x" * 32).matches(verifier, PIN)


def test_another_person_s_verifier_opens_no_key(
    enrolled: tuple[bytes, UserKey], seal_key: SealKey
) -> None:
    """
    Putting one's own verifier beside somebody else's key does not make the PIN fit.
    """
    own_verifier, own = keeper.enrol_with_pin("thief", OTHER)
    with pytest.raises(DecryptionFailed):
        keeper.envelope_with_pin(own_verifier, enrolled[1], OTHER, seal_key, "order")
    with pytest.raises(CryptoError):
        keeper.envelope_with_pin(own_verifier, own, OTHER, seal_key, "order")


def test_a_new_pin_keeps_the_keys(enrolled: tuple[bytes, UserKey], seal_key: SealKey) -> None:
    """
    修改印章密码 wraps one user key anew; the old PIN is wrong from then on.
    """
    renewed = keeper.rewrap(*enrolled, PIN, OTHER)
    assert renewed is not None
    assert renewed[1].point == enrolled[1].point
    assert keeper.envelope_with_pin(*renewed, PIN, seal_key, "order") is None
    assert keeper.envelope_with_pin(*renewed, OTHER, seal_key, "order") is not None


def test_an_envelope_is_for_one_order(enrolled: tuple[bytes, UserKey], seal_key: SealKey) -> None:
    """
    An envelope moved to another order does not open, nor one that was changed.
    """
    envelope = keeper.envelope_with_pin(*enrolled, PIN, seal_key, "order")
    assert envelope is not None
    changed = envelope[:-1] + bytes([envelope[-1] ^ 1])
    for bad, order in ((envelope, "order 2"), (changed, "order"), (b"", "order"), (b"x", "order")):
        with pytest.raises(CryptoError):
            keeper.open_envelope(bad, order, b"", ())


def test_a_wrapped_key_is_for_one_seal(enrolled: tuple[bytes, UserKey], seal_key: SealKey) -> None:
    """
    The wrap of one seal's key, moved to another seal of the same person, is refused.
    """
    moved = dataclasses.replace(seal_key, seal_id="another seal")
    with pytest.raises(DecryptionFailed):
        keeper.envelope_with_pin(*enrolled, PIN, moved, "order")


def test_only_workers_open_envelopes(enrolled: tuple[bytes, UserKey], seal_key: SealKey) -> None:
    """
    The web process has only the public half of the transport key; a wrong one does not do.
    """
    envelope = keeper.envelope_with_pin(*enrolled, PIN, seal_key, "order")
    assert envelope is not None
    with pytest.raises(RuntimeError, match="only workers"):
        a_keeper(transport=None).open_envelope(envelope, "order", b"", ())
    with pytest.raises(CryptoError):
        a_keeper(transport=PrivateKey.generate()).open_envelope(envelope, "order", b"", ())


def test_a_proof_opens_only_what_it_was_given_for() -> None:
    """
    意愿认证 of another person, or for another agreement, opens nothing; nor does a PIN.
    """
    user = keeper.enrol_for_proofs("person")
    (key,) = keeper.new_seal_keys("seal", [user], "示例公司")
    proof = Proof("person", "d1", "session")
    envelope = keeper.envelope_with_proof(user, proof, "d1", key, "order")
    assert keeper.open_envelope(envelope, "order", b"", ())
    for bad, digest in ((proof, "d2"), (Proof("other", "d1", "session"), "d1")):
        with pytest.raises(ProofRefused):
            keeper.envelope_with_proof(user, bad, digest, key, "order")
    with pytest.raises(KeyUnavailable):
        keeper.envelope_with_pin(b"", user, PIN, key, "order")


def test_a_key_under_a_pin_is_not_opened_by_a_proof(
    enrolled: tuple[bytes, UserKey], seal_key: SealKey
) -> None:
    """
    The mode is a promise to the holder; it does not give way.
    """
    user = enrolled[1]
    assert user.mode is Authorisation.PIN
    with pytest.raises(ProofRefused):
        keeper.envelope_with_proof(user, Proof("person", "d", "s"), "d", seal_key, "order")
    pretended = dataclasses.replace(user, mode=Authorisation.WILLINGNESS)
    with pytest.raises(DecryptionFailed):
        keeper.envelope_with_proof(pretended, Proof("person", "d", "s"), "d", seal_key, "order")


def test_no_pin_and_no_key_in_what_is_kept(
    enrolled: tuple[bytes, UserKey], seal_key: SealKey
) -> None:
    """
    The canary PIN and its plain hash are in no record; two people with one PIN share nothing.
    """
    verifier, user = enrolled
    again, other = keeper.enrol_with_pin("person", PIN)
    kept = b"|".join(
        (verifier, user.wrapped, seal_key.wrapped, seal_key.request, repr(user).encode())
    )
    for canary in (PIN.digits.encode(), sm3.digest(PIN.digits.encode())):
        assert canary not in kept
    assert verifier != again
    assert user.wrapped != other.wrapped
    assert "739154" not in repr(PIN) + str(PIN)


NONCE = "the nonce of the page"


def test_the_page_s_pin_is_bound_to_its_page() -> None:
    """
    The ciphertext of one page does not open on another; whatever is not a ciphertext is
    refused in one and the same way.
    """
    opener = PinOpener(TRANSPORT)
    public = PublicKey.from_point(bytes.fromhex(opener.public_key))
    sent = public.encrypt(f"{NONCE}|739154".encode()).hex()
    assert opener.open(sent, NONCE) == PIN
    assert opener.open(sent[2:], NONCE) == PIN  # sm-crypto leaves the 04 out
    hostile = [
        "",
        "zz",
        "04",
        sent[:-2],
        public.encrypt(b"739154").hex(),
        public.encrypt("页|739154".encode()).hex(),
        public.encrypt(b"\xff\xff|739154").hex(),
    ]
    for ciphertext in hostile:
        with pytest.raises(DecryptionFailed) as refusal:
            opener.open(ciphertext, NONCE)
        assert "739154" not in str(refusal.value)
    with pytest.raises(DecryptionFailed):
        opener.open(sent, "another nonce")


def _points(request: bytes) -> list[bytes]:
    """All uncompressed points in a certificate request."""
    assert request != build_request(TRANSPORT, common_name="示例公司", organization="示例公司")
    starts = [i for i in range(len(request) - 65) if request[i] == 4]
    found = []
    for start in starts:
        try:
            found.append(PublicKey.from_point(request[start : start + 65]).point)
        except CryptoError:
            continue
    return found


def test_a_seal_key_is_shared_with_a_delegate() -> None:
    """
    The delegate opens it with his own PIN and no other; a wrong PIN, somebody else's wrap and a
    wrap of another seal share nothing; of several holders each opens his own.
    """
    owner_pin, delegate_pin = Pin("739154"), Pin("604928")
    keeper = a_keeper()
    verifier, owner = keeper.enrol_with_pin("owner", owner_pin)
    its_verifier, delegate = keeper.enrol_with_pin("delegate", delegate_pin)
    (key,) = keeper.new_seal_keys("seal", [owner], "示例公司")
    assert keeper.share_with_pin(verifier, owner, Pin("280517"), key, delegate) is None
    shared = keeper.share_with_pin(verifier, owner, owner_pin, key, delegate)
    assert shared is not None
    assert (shared.seal_id, shared.person_id) == ("seal", "delegate")
    assert keeper.envelope_with_pin(its_verifier, delegate, owner_pin, shared, "order") is None
    assert keeper.envelope_with_pin(its_verifier, delegate, delegate_pin, shared, "order")
    with pytest.raises(CryptoError):
        keeper.share_with_pin(verifier, owner, owner_pin, shared, delegate)
    other = dataclasses.replace(key, seal_id="another")
    with pytest.raises(CryptoError):
        keeper.share_with_pin(verifier, owner, owner_pin, other, delegate)
    both = keeper.new_seal_keys("seal", [owner, delegate], "示例公司")
    assert both[0].request == both[1].request
    assert keeper.envelope_with_pin(its_verifier, delegate, delegate_pin, both[1], "order")
