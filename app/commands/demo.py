"""Play the whole story on this machine: real processes, real HTTP, under a minute.

A scripted person applies for seals, collects them, seals a PDF and an OFD and has both verified.
Everything that was said and made is left in the folder named by --out. The exit code is 0 only if
every step came true.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path

import click
from rich.console import Console

from app.config import ROOT
from app.demonstration import REVIEWER
from app.errors import EXIT_NOT_TRUE
from app.local_world import LocalWorld, local_world
from sandbox.actors import Watcher
from sandbox.stories import jiangxi, shanxi, transcript
from sandbox.stories.people import Stage
from sandbox.stories.telling import Step, Telling, must

SUMMARY, LOGS = "summary.json", "logs"
STORIES = {"shanxi": shanxi.tell, "jiangxi": jiangxi.tell}
FONT = ROOT / "seal_core" / "faces" / "fonts" / "NotoSerifSC-Bold-subset.ttf"


@click.command(name="demo", help=__doc__)
@click.option(
    "--province",
    type=click.Choice(sorted(STORIES)),
    default="shanxi",
    show_default=True,
    help="Whose rules: form, review and PIN (shanxi), or face check (jiangxi).",
)
@click.option(
    "--channel",
    type=click.Choice(["wechat", "alipay"]),
    default="wechat",
    show_default=True,
    help="The messenger the person uses.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where chat, seals, documents and reports are left; an earlier run's are replaced."
    "  [default: out/PROVINCE-CHANNEL]",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the summary to this file as well.",
)
@click.option("--database-url", default="", help="Another database than SQLite, an empty one.")
def command(
    province: str, channel: str, out: Path | None, json_file: Path | None, database_url: str
) -> int:
    console = Console()
    folder = _fresh(out or ROOT / "out" / f"{province}-{channel}")
    telling = Telling(folder, lambda step: _show(console, step))
    begin = time.perf_counter()
    problem = ""
    state = Path(tempfile.mkdtemp(prefix="zhangyin-"))
    try:
        with console.status("Starting Redis, sandbox, web and workers …"):
            world = local_world(province, state, database_url=database_url)
            running = world.__enter__()
        try:
            _show(console, Step("启动", True, round((time.perf_counter() - begin) * 1000)))
            _play(telling, running, province, channel)
        finally:
            world.__exit__(None, None, None)
    except Exception as exc:  # noqa: BLE001  # whatever went wrong, the summary says so
        problem = f"{type(exc).__name__}: {exc}"
        shutil.copytree(state / "logs", folder / LOGS, dirs_exist_ok=True)
    finally:
        shutil.rmtree(state, ignore_errors=True)
    return _sum_up(console, telling, problem, json_file, time.perf_counter() - begin)


def _play(telling: Telling, world: LocalWorld, province: str, channel: str) -> None:
    stage = Stage(
        service=world.service_url,
        sandbox=world.sandbox_url,
        channel=channel,
        reviewer=REVIEWER,
        reviewer_password=world.reviewer_password,
        font=FONT,
    )
    citizen = STORIES[province](telling, stage)
    chat = transcript.page(
        f"{citizen.person.name}的聊天", citizen.phone.inbox(), citizen.phone.picture
    )
    telling.keep("chat.html", chat)
    _keep_trust(telling, world)
    with telling.step("平台没有收到一次不合规的调用"):
        illegal = Watcher(world.sandbox_url).illegal()
        must(not illegal, f"the platforms refused: {illegal[:3]}")


def _keep_trust(telling: Telling, world: LocalWorld) -> None:
    """The sandbox's roots and lists, so that the sealed files can be verified afterwards."""
    folder = world.settings.state_dir
    for path in sorted((folder / "trust").rglob("*.*")):
        telling.keep(f"trust/{path.relative_to(folder / 'trust')}", path.read_bytes())
    for path in sorted((folder / "crl").glob("*.crl")):
        telling.keep(f"trust/{path.name}", path.read_bytes())


def _sum_up(
    console: Console, telling: Telling, problem: str, json_file: Path | None, seconds: float
) -> int:
    ok = not problem and all(step.ok for step in telling.steps)
    summary = {
        "steps": [{"name": s.name, "ok": s.ok, "ms": s.ms} for s in telling.steps],
        "files": telling.files,
        "ok": ok,
        "seconds": round(seconds, 1),
        "problem": problem,
    }
    text = json.dumps(summary, ensure_ascii=False, indent=1)
    telling.keep(SUMMARY, text)
    if json_file is not None:
        json_file.write_text(text, encoding="utf-8")
    if problem:
        console.print(f"[bold red]Not true:[/] {problem}", markup=True, highlight=False)
    verdict = "[bold green]all true[/]" if ok else "[bold red]failed[/]"
    console.print(
        f"{len(telling.steps)} steps in {seconds:.1f} s, {verdict}. Left in {telling.out}"
    )
    if ok:
        files, trust = f"{telling.out}/sealed/*", f"{telling.out}/trust"
        console.print("Check the files yourself:")
        console.print(f"  ./zhangyin verify {files} --trust {trust}", soft_wrap=True)
    return 0 if ok else EXIT_NOT_TRUE


def _show(console: Console, step: Step) -> None:
    mark = "[green]✓[/]" if step.ok else "[red]✗[/]"
    console.print(f"{mark} {step.ms / 1000:6.2f} s  {step.name}", highlight=False)


def _fresh(folder: Path) -> Path:
    """The folder without what an earlier run left there; anything else in it stays."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    old = folder / SUMMARY
    if old.is_file():
        for name in json.loads(old.read_text(encoding="utf-8")).get("files", []):
            path = (folder / name).resolve()
            if path.is_relative_to(folder.resolve()):
                path.unlink(missing_ok=True)
    shutil.rmtree(folder / LOGS, ignore_errors=True)
    return folder
