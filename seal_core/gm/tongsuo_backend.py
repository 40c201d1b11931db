"""SM2 through the library inside the tongsuopy wheel.

Its public API knows only the default identity and raises InternalError on odd input, so the
EVP calls of its ``_lib`` are used, on prehashed messages.
"""

from __future__ import annotations

from typing import Any

try:
    from tongsuopy.backends.tongsuo import backend as _tongsuo
    from tongsuopy.crypto.asymciphers import ec as _ec
except ImportError:  # no wheel for this machine
    _tongsuo = None

from seal_core.errors import CryptoError, InvalidKey

_MAX_SIGNATURE = 72  # octets of DER SEQUENCE {r, s}


class TongsuoBackend:
    """See ``backends.Backend``. Raises ImportError where tongsuopy is missing."""

    name = "tongsuo"

    def __init__(self) -> None:
        if _tongsuo is None:
            raise ImportError("tongsuopy")
        self._lib: Any = _tongsuo._lib
        self._ffi: Any = _tongsuo._ffi
        nid = self._lib.OBJ_sn2nid(b"SM2")
        self._group = self._ffi.gc(
            self._lib.EC_GROUP_new_by_curve_name(nid), self._lib.EC_GROUP_free
        )

    def public_handle(self, point: bytes) -> object:
        try:
            return _ec.EllipticCurvePublicKey.from_encoded_point(_ec.SM2(), point)
        except ValueError:
            raise InvalidKey("refused by Tongsuo") from None

    def private_handle(self, scalar: bytes, point: bytes) -> object:
        return _ec.derive_private_key(int.from_bytes(scalar, "big"), _ec.SM2())

    def multiply(self, scalar: bytes, point: bytes) -> bytes:
        lib, ffi = self._lib, self._ffi
        context = ffi.gc(lib.BN_CTX_new(), lib.BN_CTX_free)
        factor = ffi.gc(lib.BN_bin2bn(scalar, len(scalar), ffi.NULL), lib.BN_clear_free)
        given = ffi.gc(lib.EC_POINT_new(self._group), lib.EC_POINT_free)
        product = ffi.gc(lib.EC_POINT_new(self._group), lib.EC_POINT_clear_free)
        out = ffi.new("unsigned char[65]")
        self._must(lib.EC_POINT_oct2point(self._group, given, point, len(point), context))
        self._must(lib.EC_POINT_mul(self._group, product, ffi.NULL, given, factor, context))
        uncompressed = lib.POINT_CONVERSION_UNCOMPRESSED
        size = lib.EC_POINT_point2oct(self._group, product, uncompressed, out, 65, context)
        self._must(size == 65)
        return bytes(ffi.buffer(out))

    def sign_digest(self, handle: Any, digest: bytes) -> bytes:
        lib, ffi = self._lib, self._ffi
        context = self._context(handle)
        size = ffi.new("size_t *", _MAX_SIGNATURE)
        out = ffi.new(f"unsigned char[{_MAX_SIGNATURE}]")
        self._must(lib.EVP_PKEY_sign_init(context) == 1)
        self._must(lib.EVP_PKEY_sign(context, out, size, digest, len(digest)) == 1)
        return bytes(ffi.buffer(out, size[0]))

    def verify_digest(self, handle: Any, signature: bytes, digest: bytes) -> bool:
        lib = self._lib
        context = self._context(handle)
        self._must(lib.EVP_PKEY_verify_init(context) == 1)
        answer = lib.EVP_PKEY_verify(context, signature, len(signature), digest, len(digest))
        if answer != 1:
            _tongsuo._consume_errors()
        return bool(answer == 1)

    def _context(self, handle: Any) -> Any:
        context = self._lib.EVP_PKEY_CTX_new(handle._evp_pkey, self._ffi.NULL)
        self._must(context != self._ffi.NULL)
        return self._ffi.gc(context, self._lib.EVP_PKEY_CTX_free)

    def _must(self, success: object) -> None:
        if not success:
            _tongsuo._consume_errors()
            raise CryptoError("Tongsuo refused an operation")
