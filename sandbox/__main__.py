"""python -m sandbox --port 0 --state DIR --service-url W --province shanxi"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from types import FrameType

from sandbox.accounts import PROVINCES, Accounts
from sandbox.app import create_app
from sandbox.server import open_port, server_for, url_of
from sandbox.world import World


def main(arguments: list[str]) -> int:
    """Serve until told to stop. One line of JSON on stdout says that and where."""
    parser = argparse.ArgumentParser(prog="sandbox", description="The world outside, on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--state", type=Path, required=True, help="folder for accounts.json")
    parser.add_argument("--service-url", required=True, help="where the service is reached")
    parser.add_argument("--province", choices=sorted(PROVINCES), default="shanxi")
    given = parser.parse_args(arguments)

    listener = open_port(given.port)
    accounts = Accounts.generate(given.province, given.service_url, url_of(listener))
    given.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = given.state / "accounts.json"
    accounts.save(path)
    world = World(accounts)
    server = server_for(create_app(world), listener)
    signal.signal(signal.SIGTERM, _stop)
    ready = {"ready": True, "url": accounts.sandbox_url, "accounts": str(path)}
    print(json.dumps(ready), flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        world.close()
    return 0


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
