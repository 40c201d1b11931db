"""Put the stand-ins together into one Flask application."""

from __future__ import annotations

from flask import Flask

from sandbox import ca, tsa, world_api
from sandbox.alipay import gateway as alipay
from sandbox.alipay import push as alipay_push
from sandbox.phone import views as phone
from sandbox.province import views as province
from sandbox.wechat import api, wecom
from sandbox.world import World


def create_app(world: World) -> Flask:
    """The whole outside world: WeChat, Alipay, the province, trust services, people's phones."""
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # real platforms send real characters
    app.config["MAX_CONTENT_LENGTH"] = 64 * 2**20
    for part in (api, wecom, alipay, alipay_push, province, ca, tsa, world_api, phone):
        app.register_blueprint(part.create_blueprint(world))
    return app
