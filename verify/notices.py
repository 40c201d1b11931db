"""Codes without weight in the verdict: what was odd but tolerated, and what is worth telling."""

from __future__ import annotations

from enum import StrEnum


class Notice(StrEnum):
    """Warnings about the document as a whole. Append yours; ``wording`` needs words for it."""

    CLAIMED_TIME_ONLY = "claimed_time_only"  # no signature carries a time stamp
    BYTES_AROUND = "bytes_around"  # before or after the document proper
    SEVERAL_BODIES = "several_bodies"  # OFD with more than one DocBody
    ODD_ARCHIVE = "odd_archive"  # ZIP with names in GBK, backslashes or wrong local headers
    PATH_CASE = "path_case"  # files found only without regard to case
    HYBRID_XREF = "hybrid_xref"  # PDF whose older readers see something else
    REPAIRED = "repaired"  # read with tolerance for a damaged table
    INTEGRITY_LIST_MISSING_FILES = "integrity_list_missing_files"  # GM/T 0099 annex D
    HIDDEN_CONTENT = "hidden_content"  # pages, drawings or layers of a PDF that are not shown
    EMPTY_SIGNATURE_FIELD = "empty_signature_field"


class Quirk(StrEnum):
    """Deviations from the standard a reader tolerated. Append yours; needs words as well.

    Those of the seal formats themselves are in ``seal_core.formats.quirks``.
    """

    OLD_NAMESPACE = "old_namespace"  # http://www.ofdspec.org without /2016
    RELATIVE_LOCATION = "relative_location"
    DIGEST_WITH_IDENTITY = "digest_with_identity"  # SM3(Z_A ‖ file), method …401.2
    DIGEST_METHOD_NAME = "digest_method_name"  # the word SM3 instead of its OID
    SIGNING_TIME_FREE_TEXT = "signing_time_free_text"
    PROVIDER_ELEMENTS = "provider_elements"
    ID_NOT_XML = "id_not_xml"  # ids that are no xs:ID
    ELEMENT_ORDER = "element_order"  # Signature.xml in another order than the schema's
    SIGNED_VALUE_UNNAMED = "signed_value_unnamed"  # no SignedValue element
    STAMP_UNREADABLE = "stamp_unreadable"  # a StampAnnot without four numbers
    STAMP_WITHOUT_PAGE = "stamp_without_page"  # a StampAnnot on a page that does not exist
    SUBFILTER_MISMATCH = "subfilter_mismatch"  # /SubFilter names another container
    SHARED_SIGNATURE_VALUE = "shared_signature_value"  # several fields, one /V
    SEVERAL_WIDGETS = "several_widgets"  # one field, several places
