"""Every refusal as a page (or JSON, or a bare line for platforms) with the next step."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import structlog
from flask import Flask, Response, jsonify, make_response, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from portal.wording import HTTP_WORDS, TITLES, refusal
from seal_core.domain.holders import NotSignedIn
from seal_core.errors import SealError

log = structlog.get_logger(__name__)

SIGN_IN_AGAIN = frozenset({NotSignedIn.code, "identity.sign_in"})


def add_error_pages(app: Flask) -> None:
    """Translate what escapes from any view, once, at the edge."""

    @app.errorhandler(SealError)
    def refused(error: SealError) -> Response:
        status, words = refusal(error)
        log.info("refused", code=error.code, status=status)
        step = _sign_in() if error.code in SIGN_IN_AGAIN else None
        return error_answer(status, error.code, words, step)

    @app.errorhandler(CSRFError)
    def forged(_: CSRFError) -> Response:
        words = "页面放得太久，或浏览器没有保存 Cookie。请重新打开页面再提交。"
        return error_answer(400, "page.csrf", words, ("重新打开", request.path))

    @app.errorhandler(HTTPException)
    def missing(error: HTTPException) -> Response:
        status = error.code or 500
        words = HTTP_WORDS.get(status, "没有办成，请稍后再试。")
        answer = error_answer(status, f"http.{status}", words)
        for name, value in error.get_headers():  # Retry-After, Allow
            if name not in ("Content-Type", "Content-Length"):
                answer.headers[name] = value
        return answer

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        log.exception("failed", error=type(error).__name__)
        return error_answer(500, "http.500", "您的资料没有丢失，请稍后再试。")


def error_answer(
    status: int, code: str, words: str, step: tuple[str, str] | None = None
) -> Response:
    """*step* is the label and address of what to do next."""
    if request.path.startswith("/api/"):
        return _answer(jsonify(code=code, message=words), status)
    if request.path.startswith("/webhooks/"):
        return _answer(Response(code, content_type="text/plain"), status)
    title = TITLES.get(code) or TITLES.get(str(status), "没有办成")
    page = render_template("error.html", title=title, code=code, words=words, step=step)
    return _answer(page, status)


def _answer(body: Any, status: int) -> Response:
    answer = make_response(body)
    answer.status_code = status
    return answer


def _sign_in() -> tuple[str, str]:
    """Where to sign in; a page that was asked for is opened afterwards."""
    endpoint = "staff.login" if request.path.startswith("/staff") else "enterprise.home"
    wanted = f"?{urlencode({'next': request.path})}" if request.method == "GET" else ""
    return "去登录", f"{url_for(endpoint)}{wanted}"
