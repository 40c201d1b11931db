"""SM2 through the system's libcrypto (OpenSSL 3 or later) by ctypes.

OpenSSL knows no default identity; messages arrive prehashed with the right one.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_ulong, c_void_p
from typing import Any

from seal_core.errors import CryptoError, InvalidKey

_OLDEST = 0x30000000  # OpenSSL 3.0.0
_NID_SM2 = 1172  # obj_mac.h
_UNCOMPRESSED = 4
_PUBLIC_KEY = 0x86  # EVP_PKEY_PUBLIC_KEY: domain parameters and public key
_KEYPAIR = 0x87  # EVP_PKEY_KEYPAIR
_MAX_SIGNATURE = 72  # octets of DER SEQUENCE {r, s}

# name: (result, arguments)
_PROTOTYPES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "OpenSSL_version_num": (c_ulong, ()),
    "ERR_clear_error": (None, ()),
    "EC_GROUP_new_by_curve_name": (c_void_p, (c_int,)),
    "EC_POINT_new": (c_void_p, (c_void_p,)),
    "EC_POINT_clear_free": (None, (c_void_p,)),
    "EC_POINT_oct2point": (c_int, (c_void_p, c_void_p, c_char_p, c_size_t, c_void_p)),
    "EC_POINT_mul": (c_int, (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)),
    "EC_POINT_point2oct": (c_size_t, (c_void_p, c_void_p, c_int, c_char_p, c_size_t, c_void_p)),
    "BN_bin2bn": (c_void_p, (c_char_p, c_int, c_void_p)),
    "BN_clear_free": (None, (c_void_p,)),
    "OSSL_PARAM_BLD_new": (c_void_p, ()),
    "OSSL_PARAM_BLD_free": (None, (c_void_p,)),
    "OSSL_PARAM_BLD_push_utf8_string": (c_int, (c_void_p, c_char_p, c_char_p, c_size_t)),
    "OSSL_PARAM_BLD_push_octet_string": (c_int, (c_void_p, c_char_p, c_char_p, c_size_t)),
    "OSSL_PARAM_BLD_push_BN": (c_int, (c_void_p, c_char_p, c_void_p)),
    "OSSL_PARAM_BLD_to_param": (c_void_p, (c_void_p,)),
    "OSSL_PARAM_free": (None, (c_void_p,)),
    "EVP_PKEY_CTX_new_from_name": (c_void_p, (c_void_p, c_char_p, c_char_p)),
    "EVP_PKEY_CTX_new_from_pkey": (c_void_p, (c_void_p, c_void_p, c_char_p)),
    "EVP_PKEY_CTX_free": (None, (c_void_p,)),
    "EVP_PKEY_free": (None, (c_void_p,)),
    "EVP_PKEY_fromdata_init": (c_int, (c_void_p,)),
    "EVP_PKEY_fromdata": (c_int, (c_void_p, POINTER(c_void_p), c_int, c_void_p)),
    "EVP_PKEY_sign_init": (c_int, (c_void_p,)),
    "EVP_PKEY_sign": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_PKEY_verify_init": (c_int, (c_void_p,)),
    "EVP_PKEY_verify": (c_int, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
}


class _Key:
    """Owns one EVP_PKEY."""

    def __init__(self, lib: Any, pointer: c_void_p) -> None:
        self._free = lib.EVP_PKEY_free
        self.pointer = pointer

    def __del__(self) -> None:
        self._free(self.pointer)


class OpenSslBackend:
    """See ``backends.Backend``. Raises OSError where there is no OpenSSL 3 with SM2."""

    name = "openssl"

    def __init__(self) -> None:
        self._lib = _load()
        self._group = self._lib.EC_GROUP_new_by_curve_name(_NID_SM2)
        if not self._group:
            raise OSError("this libcrypto was built without SM2")

    def public_handle(self, point: bytes) -> object:
        return self._key(point, None)

    def private_handle(self, scalar: bytes, point: bytes) -> object:
        return self._key(point, scalar)

    def multiply(self, scalar: bytes, point: bytes) -> bytes:
        lib, group = self._lib, self._group
        given, product = lib.EC_POINT_new(group), lib.EC_POINT_new(group)
        factor = lib.BN_bin2bn(scalar, len(scalar), None)
        out = ctypes.create_string_buffer(65)
        try:
            self._must(lib.EC_POINT_oct2point(group, given, point, len(point), None))
            self._must(lib.EC_POINT_mul(group, product, None, given, factor, None))
            size = lib.EC_POINT_point2oct(group, product, _UNCOMPRESSED, out, 65, None)
            self._must(size == 65)
        finally:
            lib.BN_clear_free(factor)
            lib.EC_POINT_clear_free(product)
            lib.EC_POINT_clear_free(given)
        return out.raw

    def sign_digest(self, handle: Any, digest: bytes) -> bytes:
        lib = self._lib
        context = lib.EVP_PKEY_CTX_new_from_pkey(None, handle.pointer, None)
        out, size = ctypes.create_string_buffer(_MAX_SIGNATURE), c_size_t(_MAX_SIGNATURE)
        try:
            self._must(lib.EVP_PKEY_sign_init(context) == 1)
            self._must(lib.EVP_PKEY_sign(context, out, byref(size), digest, len(digest)) == 1)
        finally:
            lib.EVP_PKEY_CTX_free(context)
        return out.raw[: size.value]

    def verify_digest(self, handle: Any, signature: bytes, digest: bytes) -> bool:
        lib = self._lib
        context = lib.EVP_PKEY_CTX_new_from_pkey(None, handle.pointer, None)
        try:
            self._must(lib.EVP_PKEY_verify_init(context) == 1)
            answer = lib.EVP_PKEY_verify(context, signature, len(signature), digest, len(digest))
        finally:
            lib.EVP_PKEY_CTX_free(context)
        if answer != 1:
            lib.ERR_clear_error()
        return bool(answer == 1)

    def _key(self, point: bytes, scalar: bytes | None) -> _Key:
        """An EVP_PKEY from its numbers (EVP_PKEY_fromdata, new in OpenSSL 3)."""
        lib = self._lib
        builder = lib.OSSL_PARAM_BLD_new()
        context = lib.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
        factor = lib.BN_bin2bn(scalar, len(scalar), None) if scalar else None
        key, params = c_void_p(), None
        try:
            lib.OSSL_PARAM_BLD_push_utf8_string(builder, b"group", b"SM2", 0)
            lib.OSSL_PARAM_BLD_push_octet_string(builder, b"pub", point, len(point))
            if factor:
                lib.OSSL_PARAM_BLD_push_BN(builder, b"priv", factor)
            params = lib.OSSL_PARAM_BLD_to_param(builder)
            self._must(lib.EVP_PKEY_fromdata_init(context) == 1)
            selection = _KEYPAIR if factor else _PUBLIC_KEY
            if lib.EVP_PKEY_fromdata(context, byref(key), selection, params) != 1:
                raise InvalidKey("refused by OpenSSL")
        finally:
            lib.OSSL_PARAM_free(params)
            lib.BN_clear_free(factor)
            lib.EVP_PKEY_CTX_free(context)
            lib.OSSL_PARAM_BLD_free(builder)
        return _Key(lib, key)

    def _must(self, success: object) -> None:
        if not success:
            self._lib.ERR_clear_error()
            raise CryptoError("OpenSSL refused an operation")


def _load() -> Any:
    path = ctypes.util.find_library("crypto")
    if path is None:
        raise OSError("no libcrypto")
    lib = ctypes.CDLL(path)
    try:
        for name, (result, arguments) in _PROTOTYPES.items():
            function = getattr(lib, name)
            function.restype, function.argtypes = result, arguments
    except AttributeError:
        raise OSError("libcrypto is older than OpenSSL 3") from None
    if lib.OpenSSL_version_num() < _OLDEST:
        raise OSError("libcrypto is older than OpenSSL 3")
    return lib
