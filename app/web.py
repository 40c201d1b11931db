"""The Flask application: pushes, pages, health; headers and error pages for all of them."""

from __future__ import annotations

from typing import Any, cast

from flask import Flask, Response, redirect, request, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from app import health, metrics
from app.wiring import PICKUP_ACCOUNTS, Wiring
from bot.texts import FEEDBACK_KINDS, TASK_REASONS, by_whom_words, identity_name
from jobs.queue import TRUSTED, UNTRUSTED, queue_served
from portal import attachments, recognising, signing_in
from portal.api import miniprogram
from portal.api import views as api
from portal.enterprise import views as enterprise
from portal.errors import add_error_pages
from portal.h5 import views as h5
from portal.public import views as public
from portal.sessions import keep_sessions
from portal.staff import views as staff
from portal.wording import channel_name, event_name, news_name, page_size, review_state
from seal_core.domain.regions import by_city
from verify.render.as_json import from_json
from verify.render.as_page import as_page
from webhooks.alipay import views as alipay
from webhooks.wechat import views as wechat

POLICY = (
    "default-src 'self'; img-src 'self' data:; script-src 'self'; style-src 'self'; "
    "object-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Content-Security-Policy. form-action is left open: a sign-in form redirects to the province."""

COMING_BACK = frozenset(
    {
        "h5.proved",
        "auth.callback",
        "messenger.back",
        "enterprise.pin_proved",
        "enterprise.order_proved",
        "enterprise.sketch_proved",
    }
)
"""Pages a browser is sent back to from elsewhere; opening one completes what was begun."""

HOOKS = {
    "wechat_official": "/webhooks/wechat/official",
    "wechat_miniprogram": "/webhooks/wechat/miniprogram",
    "alipay_life": "/webhooks/alipay/life",
    "alipay_miniprogram": "/webhooks/alipay/miniprogram",
}
"""Where each platform account pushes to."""

FORM_OVERHEAD = 1024 * 1024
"""What a multipart upload carries beside the documents."""

FILES_AT_ONCE = 4
"""How many documents of full size one upload may hold."""


def create_app(wiring: Wiring) -> Flask:
    """The whole web side of the service."""
    app = Flask("portal")
    limits = wiring.settings.limits
    app.config.update(
        SECRET_KEY=wiring.secrets.session_key.get_secret_value(),
        MAX_CONTENT_LENGTH=limits.document_bytes * FILES_AT_ONCE + FORM_OVERHEAD,
        MAX_FORM_MEMORY_SIZE=FORM_OVERHEAD,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        RATELIMIT_HEADERS_ENABLED=True,
    )
    keep_sessions(app, https=wiring.settings.base_url.startswith("https://"))
    if proxies := wiring.settings.web.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    csrf = CSRFProtect(app)
    _add_hooks(app, wiring, csrf)
    _add_pages(app, wiring, csrf)
    _add_health(app, wiring)
    _add_words(app, wiring)
    add_error_pages(app)
    _spare_acts_from_previews(app)
    _limit_rates(app, wiring)
    app.after_request(_harden)
    metrics.instrument(app)
    return app


def _add_hooks(app: Flask, wiring: Wiring, csrf: CSRFProtect) -> None:
    for name, channel in wiring.wechat_channels.items():
        hook = wechat.create_blueprint(name, channel, wiring.sign_in, wiring.conversation)
        csrf.exempt(hook)
        app.register_blueprint(hook, url_prefix=HOOKS[name])
    for name, gate in wiring.alipay_channels.items():
        hook = alipay.create_blueprint(name, gate, wiring.sign_in, wiring.conversation)
        csrf.exempt(hook)
        app.register_blueprint(hook, url_prefix=HOOKS[name])


def _add_pages(app: Flask, wiring: Wiring, csrf: CSRFProtect) -> None:
    pages = wiring.pages
    channels = tuple(c for c, account in PICKUP_ACCOUNTS.items() if account in wiring.clients)
    for blueprint in (
        signing_in.create_blueprint(pages),
        recognising.create_blueprint(pages),
        h5.create_blueprint(pages),
        staff.create_blueprint(pages),
        enterprise.create_blueprint(pages, channels),
        public.create_blueprint(pages),
        attachments.create_blueprint(pages),
    ):
        app.register_blueprint(blueprint)

    @app.get("/")
    def entrance() -> AnyResponse:
        return redirect(url_for("enterprise.home"))

    secret = wiring.secrets.session_key.get_secret_value()
    for interface in (
        api.create_blueprint(pages),
        miniprogram.create_blueprint(pages, wiring.mini_programs, wiring.conversation, secret),
    ):
        csrf.exempt(interface)
        app.register_blueprint(interface)


def _add_health(app: Flask, wiring: Wiring) -> None:
    def sql() -> bool:
        wiring.database.ping()
        return True

    def worker() -> bool:
        return all(queue_served(wiring.redis, queue) for queue in (TRUSTED, UNTRUSTED))

    checks = {"sql": sql, "redis": lambda: bool(wiring.redis.ping()), "worker": worker}
    gauges = {
        "zhangyin_jobs_waiting": lambda: float(wiring.relay.backlog()[0]),
        "zhangyin_jobs_given_up": lambda: float(wiring.relay.backlog()[1]),
    }
    app.register_blueprint(health.create_blueprint(checks, gauges))


def _add_words(app: Flask, wiring: Wiring) -> None:
    app.add_template_filter(event_name, "event_name")
    app.add_template_filter(channel_name, "channel_name")
    app.add_template_filter(news_name, "news_name")
    app.add_template_filter(lambda kind: FEEDBACK_KINDS[kind], "feedback_kind")
    app.add_template_filter(page_size, "page_size")
    app.add_template_filter(identity_name, "identity_name")
    app.add_template_filter(by_city, "by_city")
    app.add_template_filter(review_state, "review_state")
    app.add_template_filter(_task_reason, "task_reason")
    app.add_template_filter(by_whom_words, "used_by")
    app.add_template_filter(_report_page, "report_page")
    app.context_processor(lambda: {"province": wiring.province})


def _task_reason(code: str) -> str:
    return TASK_REASONS.get(code, "请换一个文件或稍后再试")


def _report_page(report: dict[str, Any]) -> Markup:
    return Markup(as_page(from_json(report)))  # noqa: S704  # the renderer escapes all it is given


def _spare_acts_from_previews(app: Flask) -> None:
    """Flask answers HEAD wherever it answers GET; where coming back completes something, not so."""

    @app.before_request
    def only_look() -> tuple[str, int] | None:
        if request.method == "HEAD" and request.endpoint in COMING_BACK:
            return "", 204
        return None


def _limit_rates(app: Flask, wiring: Wiring) -> None:
    """Strangers' doors only: platforms push from few addresses and are signed."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri="redis://",
        storage_options=cast(
            "dict[str, str | int]", {"connection_pool": wiring.redis.connection_pool}
        ),
        strategy="moving-window",
        # without Redis a stranger's door stays guarded, process by process
        in_memory_fallback_enabled=True,
        key_prefix="zhangyin",
    )
    for endpoint, rate in (
        ("staff.enter", "10/minute"),
        ("enterprise.open_entrance", "20/minute"),
        ("public.upload", "30/minute"),
        ("api.verify", "120/minute"),
        ("miniprogram.sign_in", "60/minute"),
        ("miniprogram.say", "120/minute"),
    ):
        limited: Any = limiter.limit(rate, methods=["POST"])(app.view_functions[endpoint])
        app.view_functions[endpoint] = limited


def _harden(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
