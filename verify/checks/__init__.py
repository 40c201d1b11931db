"""The judge's questions. Each function answers some of them from plain values."""
