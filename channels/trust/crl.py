"""Fetching revocation lists from where an authority publishes them."""

from channels.errors import PlatformBusy, PlatformRefused
from channels.http import HttpClient
from seal_core.errors import MalformedData
from seal_core.formats.crls import parse_crl

MAX_CRL = 32 * 1024 * 1024  # octets; national lists reach some 10 MB


def fetch_crl(url: str) -> bytes:
    """The list at *url* (DER); its signature is the judge's question.

    Raises PlatformBusy or PlatformRefused, also for an answer that is no list.
    """
    answer = HttpClient(url).request("GET", max_octets=MAX_CRL)
    if answer.status != 200:
        raise PlatformBusy(f"HTTP {answer.status}")
    try:
        parse_crl(answer.body)
    except MalformedData:
        raise PlatformRefused("answer", "not a revocation list") from None
    return answer.body
