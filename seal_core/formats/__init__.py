"""The byte formats that sealing writes and verification reads. No key and no policy here."""
