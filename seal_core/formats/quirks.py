"""What vendors write where the standards say otherwise, as far as it is read all the same."""

from __future__ import annotations

from enum import StrEnum


class Quirk(StrEnum):
    """Tolerated when read, never written. Each was met in files or in other readers' code."""

    # values
    RAW_SIGNATURE = "raw_signature"  # r ‖ s in 64 octets instead of DER SEQUENCE {r, s}
    UNUSED_BITS = "unused_bits"  # a BIT STRING of whole octets that claims unused bits
    TRIMMED_BITS = "trimmed_bits"  # zero octets at the end of a BIT STRING left away
    UNSIGNED_INTEGER = "unsigned_integer"  # without the leading zero of DER, or with too many
    BITS_FOR_OCTETS = "bits_for_octets"  # BIT STRING where an OCTET STRING belongs
    OCTETS_FOR_BITS = "octets_for_bits"  # OCTET STRING where a BIT STRING belongs
    TRAILING_BYTES = "trailing_bytes"  # zero padding behind the container
    BER_ENCODING = "ber_encoding"  # indefinite or longer lengths
    TEXT_TYPE = "text_type"  # another character string type, or characters beyond its set
    # times
    TIME_TYPE = "time_type"  # UTCTime for GeneralizedTime or the other way round
    TIME_AS_TEXT = "time_as_text"  # ISO text inside timeInfo
    LOCAL_TIME = "local_time"  # no zone given: read as China Standard Time
    # structure
    SEAL_WRAPPED = "seal_wrapped"  # SESeal inside an OCTET STRING
    SIGN_INFO_WRAPPED = "sign_info_wrapped"  # SES_SignInfo inside a BIT or OCTET STRING
    SIGN_INFO_UNREADABLE = "sign_info_unreadable"
    EXTENSIONS_UNTAGGED = "extensions_untagged"
    EXTENSIONS_TAGGED = "extensions_tagged"  # [0] in a seal of GM/T 0031-2014
    EXTENSIONS_WRAPPED = "extensions_wrapped"  # inside an OCTET STRING
    EXTENSIONS_SHAPE = "extensions_shape"  # no SEQUENCE OF ExtData, or unknown items in it
    EXPLICIT_DEFAULT = "explicit_default"  # critical FALSE written out
    CERTIFICATE_UNWRAPPED = "certificate_unwrapped"  # not inside an OCTET STRING
    SIGNER_LIST_DANGLING = "signer_list_dangling"  # certID in place of certificates
    SIGNER_LIST_TYPE = "signer_list_type"  # certListType tells another shape
    PICTURE_TYPE = "picture_type"  # the picture is of another type than the seal tells
    HEADER_ID = "header_id"  # not "ES"
    VERSION_NUMBER = "version_number"  # a version number the shape contradicts
    ALGORITHM_NAME = "algorithm_name"  # the curve's or the key's OID for SM2 with SM3
    ALGORITHM_WRAPPED = "algorithm_wrapped"  # AlgorithmIdentifier where a bare OID belongs
    SEAL_SIGNED_OLD_WAY = "seal_signed_old_way"  # over {info, certificate, algorithm}
    SEAL_SIGNED_NEW_WAY = "seal_signed_new_way"  # over the info alone in GM/T 0031-2014
    SIGNED_DOCUMENT = "signed_document"  # the value is over the document, not over what binds it
    # SignedData
    PKCS7_DATA_TYPE = "pkcs7_data_type"  # PKCS#7 data inside a GB/T 35275 SignedData
    DIGEST_AS_CONTENT = "digest_as_content"  # the content is the digest of what is signed
    DIGEST_AS_BASE64 = "digest_as_base64"
    ATTRIBUTES_NOT_SORTED = "attributes_not_sorted"
    BARE_SIGNATURE = "bare_signature"  # nothing but {r, s}
