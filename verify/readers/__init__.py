"""One reader per document format: ``read(data: bytes) -> Findings`` (see ``verify.evidence``)."""
