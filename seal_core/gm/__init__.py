"""The Chinese commercial algorithms: SM2 (GB/T 32918), SM3 (GB/T 32905), SM4 (GB/T 32907)."""
