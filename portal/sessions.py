"""Two portal sessions side by side: the public's and the staff's, each in its own signed cookie."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface

STAFF_PATH = "/staff"
LIFETIME = timedelta(hours=8)
"""A working day; afterwards the signature of the cookie is too old and one signs in again."""


class Sessions(SecureCookieSessionInterface):
    """A reviewer may look at the public pages without one sign-in ending the other."""

    def get_cookie_name(self, app: Flask) -> str:
        name = "zhangyin_staff" if request.path.startswith(STAFF_PATH) else "zhangyin"
        # RFC 6265bis, 4.1.3.2: the prefix pins the cookie to this host and to HTTPS
        return f"__Host-{name}" if app.config["SESSION_COOKIE_SECURE"] else name


def keep_sessions(app: Flask, *, https: bool) -> None:
    """Set the flags of both cookies."""
    app.session_interface = Sessions()
    app.config.update(
        PERMANENT_SESSION_LIFETIME=LIFETIME,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",  # the way back from the province's sign-in is cross-site
        SESSION_COOKIE_SECURE=https,
    )
