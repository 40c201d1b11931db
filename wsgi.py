"""The web process: settings in, Flask application out."""

import signal

from app import logs
from app.config import Settings
from app.processes import die_with_parent
from app.web import create_app
from app.wiring import Wiring

die_with_parent(signal.SIGKILL)  # the server; nobody is left when it is killed
settings = Settings.load()
logs.configure(settings.log_level)
application = create_app(Wiring(settings, redis_url=settings.redis_url))
