"""Run the web processes alone; jobs are done by “worker”.

Listens on loopback: a proxy with TLS stands in front. Without ZHANGYIN_REDIS_URL a Redis of our
own is started, which a “worker” on this host shares.
"""

from __future__ import annotations

import os

import click

from app import logs
from app.config import PREFIX, Settings
from app.metrics_folder import metrics_environment
from app.redis_server import redis_at
from app.server import serve
from app.wiring import Wiring
from storage.schema import upgrade


@click.command(name="serve", help=__doc__)
@click.option("--host", help="Address to listen on instead of ZHANGYIN_WEB__HOST.")
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of ZHANGYIN_WEB__PORT.")
def command(host: str | None, port: int | None) -> int:
    settings = Settings.load()
    logs.configure(settings.log_level)
    given = {"host": host, "port": port}
    web = settings.web.model_copy(update={k: v for k, v in given.items() if v is not None})
    with redis_at(settings.redis_url, settings.state_dir) as redis_url:
        os.environ |= metrics_environment(settings.state_dir)
        os.environ[PREFIX + "REDIS_URL"] = redis_url  # the web processes read it
        upgrade(settings.database_url)
        # made here once, so that a missing setting is told plainly and before anything listens
        Wiring(settings, redis_url=redis_url).pages  # noqa: B018
        serve(web)
    return 0
