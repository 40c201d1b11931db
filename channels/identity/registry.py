"""企业登记库: what the enterprise registry says about a 统一社会信用代码."""

from __future__ import annotations

import re

from channels.errors import PlatformRefused
from channels.http import DEFAULT_TIMEOUT, HttpClient, Timeout
from seal_core.ports import RegistryEntry

# GB 32100-2015: 18 characters without I, O, S, V, Z
_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_ACTIVE = frozenset({"存续", "在业", "开业", "在营"})


class Registry:
    """The port ``EnterpriseRegistry`` over HTTP."""

    def __init__(
        self, base_url: str, key: str, secret: str, *, timeout: Timeout = DEFAULT_TIMEOUT
    ) -> None:
        self._http = HttpClient(base_url, timeout)
        self._auth = (key, secret)

    def look_up(self, uscc: str) -> RegistryEntry | None:
        """The entry of *uscc*; None if there is none, or the code is not one."""
        if not _USCC.fullmatch(uscc):
            return None
        answer = self._http.request("GET", f"/enterprises/{uscc}", auth=self._auth)
        if answer.status == 404:
            return None
        told = answer.json()
        if answer.status != 200:
            raise PlatformRefused(str(told.get("error", answer.status)))
        if told.get("uscc") != uscc:
            raise PlatformRefused("answer", "another enterprise")
        return RegistryEntry(
            uscc=uscc,
            name=str(told.get("name", "")),
            legal_representative=str(told.get("legal_representative", "")),
            region=str(told.get("region", "")),
            active=told.get("status") in _ACTIVE,
        )
