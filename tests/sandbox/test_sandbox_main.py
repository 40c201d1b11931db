"""The sandbox starts as a process of its own and stops when asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import requests

from sandbox.accounts import Accounts


def test_it_says_where_it_is_once_it_is_ready(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--state", str(tmp_path / "s")]
    command += ["--service-url", "http://127.0.0.1:9", "--province", "jiangxi"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        people = requests.get(f"{ready['url']}/world/people", timeout=5).json()
        process.terminate()
        assert process.wait(10) == 0

    accounts = Accounts.load(Path(ready["accounts"]))
    assert accounts.province == "jiangxi"
    assert accounts.sandbox_url == ready["url"]
    assert any(person["enterprise"] for person in people)
