"""Kill what can be killed while people work with the service, and count what is left.

One world, in which each test leaves everything running again. Time that would have to pass (leases,
signs of life, the sweeper's patience) is moved by hand; nothing else is pretended.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from app.redis_server import answers_ping, server_command
from sandbox.actors import people_of
from sandbox.papers import application_form, contract_pdf
from sandbox.stories import shanxi as story
from sandbox.stories.people import Citizen, Reviewer
from sandbox.stories.telling import Telling
from tests.support.processes import alive, descendants_of, wait_until
from tests.support.pushing import WeChatPusher
from tests.support.towns import FONT, Town, town

MORTAL = Path(__file__).parents[1] / "support" / "mortal_service.py"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A world of its own, whose workers die on demand from the beginning."""
    with town("shanxi", tmp_path_factory.mktemp("faults")) as found:
        found.kill_crew()
        found.start_crew(sys.executable, MORTAL, found.state)
        found.workers_are_forgotten()
        yield found


@pytest.fixture(scope="module")
def owner(place: Town, tmp_path_factory: pytest.TempPathFactory) -> Citizen:
    """拓跋珏 applied, and collected two seals while the workers died at each step of the making."""
    citizen = story.tell(Telling(tmp_path_factory.mktemp("told")), place.stage("wechat"))
    place.settled()
    return citizen


def papers(*names: str) -> dict[str, bytes]:
    """A contract under each name; each a file of its own."""
    cast = people_of("shanxi")
    ours, theirs = cast["tuoba"].enterprise, cast["yan"].enterprise
    assert ours is not None
    assert theirs is not None
    whole = contract_pdf(FONT, ours, theirs)
    return {name: whole + f"\n% {name}".encode() for name in names}


def order(citizen: Citizen, *names: str, before: Callable[[], object] = lambda: None) -> None:
    """Everything up to the PIN, *before* which something may happen."""
    citizen.phone.catch_up()
    citizen.phone.say("取消")
    citizen.open_link(citizen.ask("文件盖章", "上传"))
    files = list(papers(*names).items())
    citizen.mobile.submit(files={"files": files}, button="上传")
    citizen.phone.wait_for(lambda row: all(name in row.text for name in names))
    citizen.ask("法定名称章", "盖在哪里")
    citizen.open_link(citizen.ask("末页右下角", "盖章授权单"))
    before()
    citizen.enter_pin(story.PIN, "确认盖章")


def tasks(place: Town, name: str, state: str = "done") -> int:
    return place.count("sealing_tasks", "document_name = :n AND state = :s", n=name, s=state)


def events(place: Town, event: str, name: str) -> int:
    """How often *event* was recorded for the task of the document *name*."""
    found = place.rows("SELECT id FROM sealing_tasks WHERE document_name = :n", n=name)
    details = place.rows("SELECT detail FROM audit_records WHERE event = :e", e=event)
    return sum(any(task in str(detail) for task in found) for detail in details)


def told(citizen: Citizen, name: str) -> int:
    """How often the person was told that the document is sealed."""
    return sum("盖章完成" in f"{r.title}{r.text}" and name in r.text for r in citizen.phone.inbox())


def doom(place: Town, point: str, manner: str = "") -> Path:
    file = place.state / "doom"
    file.write_text(f"{point}/{manner}")
    return file


def redelivered(place: Town, name: str) -> None:
    """Let time pass until the task is done."""

    def done() -> bool:
        place.workers_are_forgotten()
        place.jobs_are_overdue()
        return tasks(place, name) == 1

    wait_until(done, f"{name} is sealed", 30)


@pytest.mark.parametrize(
    ("point", "manner", "keys_used"),
    [
        ("lease taken", "", 1),
        ("key about to be used", "", 2),
        ("key used", "", 2),
        ("key used", "crew", 2),
        ("file written", "", 1),
        ("sealing committed", "", 1),
        ("message about to go", "", 1),
    ],
)
def test_a_worker_killed_while_sealing_seals_once(
    place: Town, owner: Citizen, point: str, manner: str, keys_used: int
) -> None:
    """F21, F22: one file, told once, and every use of the key in the audit."""
    name = f"{point}{manner}.pdf"
    file = place.state / "doom"
    order(owner, name, before=lambda: doom(place, point, manner))
    wait_until(lambda: not file.exists(), f"killed at: {point}")
    if manner == "crew":
        wait_until(lambda: not alive(place.crew_pid), "the crew is dead")
        place.start_crew(sys.executable, MORTAL, place.state)
    redelivered(place, name)
    settle(place)

    assert tasks(place, name) == 1
    assert events(place, "seal:use", name) == 1
    assert events(place, "key:sign", name) == keys_used
    assert told(owner, name) == 1
    assert place.audit_is_sound()
    assert (
        place.count("documents", "purpose = 'sealed' AND name LIKE :n", n=f"{point}{manner}%") == 1
    )


@pytest.mark.parametrize("point", ["key made", "seal made", "issue committed"])
def test_a_worker_killed_while_issuing_makes_each_seal_once(
    place: Town, owner: Citizen, point: str
) -> None:
    """F21: one key, one seal and one record of its issue; the person is told."""
    citizen = place.citizen("yan")
    if not citizen.phone.inbox():
        apply_for_three(place, citizen)
    citizen.phone.catch_up()
    citizen.pc.open("/portal/pickups")
    (wanted, *_) = place.rows("SELECT id FROM seals WHERE state = 'ready' ORDER BY serial")
    citizen.pc.submit({"channel": "wechat", "seal": wanted}, button="领取")
    citizen.scan_pc()
    citizen.phone.wait_for("确定领取吗")
    citizen.open_link(citizen.ask("确定", "印章密码"))
    file = doom(place, point)
    citizen.enter_pin(story.PIN, "领取", repeat=point == "key made")
    wait_until(lambda: not file.exists(), f"killed at: {point}")
    settle(place)

    assert place.rows("SELECT state FROM seals WHERE id = :i", i=wanted) == ["active"]
    assert place.count("seal_keys", "seal_id = :i", i=wanted) == 1
    assert place.count("audit_records", "event = 'seal:issue' AND subject_id = :i", i=wanted) == 1
    assert place.audit_is_sound()
    citizen.phone.wait_for("领取成功")


def apply_for_three(place: Town, citizen: Citizen) -> None:
    """阎守仁 applies, a reviewer agrees."""
    pushed = len(place.watcher.robot())
    citizen.follow_and_sign_in()
    citizen.sign_in_on_pc()
    citizen.ask("印章申请", "请选择要申请的印章")
    citizen.ask("1 2 3", "法定名称章的印模尺寸")
    citizen.ask("1", "合同专用章的印模尺寸")
    citizen.ask("1", "财务专用章的印模尺寸")
    citizen.ask("1", "单位所属区划")
    citizen.open_link(citizen.ask("吕梁", "请打开页面"))
    form = application_form(FONT, citizen.person)
    citizen.mobile.submit(files={"form": ("申请表.pdf", form, "application/pdf")})
    citizen.wait_for_page("经办人信息", 90.0)
    citizen.mobile.submit({"handler_name": citizen.person.name}, button="提交申请")
    wait_until(lambda: len(place.watcher.robot()) > pushed, "staff are told")
    reviewer = Reviewer(place.stage())
    reviewer.sign_in()
    reviewer.open_case(place.watcher.robot()[-1])
    reviewer.approve()
    citizen.phone.wait_for("审核通过")


def settle(place: Town) -> None:
    """Let time pass until nothing is left to do."""

    def done() -> bool:
        place.workers_are_forgotten()
        place.jobs_are_overdue()
        return not place.count("outbox", "done_at IS NULL")

    wait_until(done, "all is done", 30)


def test_a_job_run_again_changes_nothing(place: Town, owner: Citizen) -> None:
    """F23: the acknowledgement was lost; the second run finds the work done."""
    order(owner, "again.pdf")
    wait_until(lambda: tasks(place, "again.pdf"), "sealed")
    settle(place)
    (result,) = place.rows("SELECT result_id FROM sealing_tasks WHERE document_name = 'again.pdf'")
    before = digest_of(place, result)
    audit = place.count("audit_records")

    place.change("UPDATE outbox SET done_at = NULL WHERE job IN ('seal_document', 'issue_seal')")
    settle(place)

    assert digest_of(place, result) == before
    assert place.count("audit_records") == audit
    assert told(owner, "again.pdf") == 1


def digest_of(place: Town, document: str) -> str:
    (path,) = (place.state / "documents").rglob(document)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_sigterm_ends_the_job_in_hand_and_leaves_the_rest_queued(
    place: Town, owner: Citizen
) -> None:
    """F25: a deployment in the middle of the work."""
    file = doom(place, "key used", "wait")
    order(owner, "hand.pdf", "queue.pdf")
    wait_until((place.state / "waiting").exists, "a job is in hand")
    crew = place.crew_pid
    born = descendants_of(crew)
    os.kill(crew, signal.SIGTERM)
    wait_until(lambda: sum(alive(pid) for pid in born) <= 2, "the idle have ended")
    file.unlink()
    (place.state / "waiting").unlink()
    wait_until(lambda: not any(alive(pid) for pid in (crew, *born)), "all have ended")

    assert tasks(place, "hand.pdf") + tasks(place, "queue.pdf") == 1
    assert tasks(place, "hand.pdf", "queued") + tasks(place, "queue.pdf", "queued") == 1

    place.start_crew(sys.executable, MORTAL, place.state)
    wait_until(
        lambda: tasks(place, "hand.pdf") == tasks(place, "queue.pdf") == 1, "the rest is done"
    )
    settle(place)


def test_a_queue_that_was_wiped_is_filled_again(place: Town, owner: Citizen) -> None:
    """F19: FLUSHALL between the confirmation and the work; SQL still knows."""
    worker = place.worker_pid("trusted")
    try:
        order(owner, "wiped.pdf", before=lambda: os.kill(worker, signal.SIGSTOP))
        place.redis.flushall()
    finally:
        os.kill(worker, signal.SIGCONT)
    redelivered(place, "wiped.pdf")
    settle(place)

    assert events(place, "seal:use", "wiped.pdf") == 1
    assert told(owner, "wiped.pdf") == 1


@pytest.mark.parametrize("fault", ["http_5xx", "html", "token_invalidated", "reset", "errcode"])
def test_a_platform_that_fails_is_asked_again(place: Town, owner: Citizen, fault: str) -> None:
    """F28: the message goes out once all the same, and the token is renewed once."""
    place.settled()
    owner.phone.catch_up()
    before = len(place.watcher.verdicts())
    place.watcher.fault(fault, "cgi-bin/message", value="-1" if fault == "errcode" else "")
    link = owner.ask("登录", "登录")
    owner.sign_in(link)
    place.settled()

    said = [row for row in owner.phone.inbox() if "登录成功" in row.text]
    calls = [row["call"] for row in place.watcher.verdicts()[before:]]
    assert said[-1].seq > link[-1].seq
    assert sum(row.seq > link[-1].seq for row in said) == 1
    assert sum("token" in call for call in calls if "stable_token" in call) <= 1


@pytest.fixture(scope="module")
def revived(place: Town) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Servers that a test started; they end before their world."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for server in started:
        server.terminate()
        server.wait()


def test_redis_killed_while_messages_arrive_loses_and_doubles_none(
    place: Town, owner: Citizen, revived: list[subprocess.Popen[bytes]]
) -> None:
    """F18: they are accepted meanwhile, and answered when Redis is back."""
    account, folder = place.world.accounts.wechat_official, place.state / "redis"
    place.settled()
    os.kill(redis_of(place), signal.SIGKILL)
    wait_until(lambda: not answers_ping(folder / "redis.sock"), "Redis is dead")
    people = [WeChatPusher(account, f"oWhileRedisIsDown{n:011d}") for n in range(20)]
    with ThreadPoolExecutor(5) as pool:
        statuses = list(pool.map(lambda who: who.push(who.text("帮助")).status_code, people))
    unready = requests.get(f"{place.url}/readyz", timeout=10)
    living = requests.get(f"{place.url}/healthz", timeout=10)
    revived.append(subprocess.Popen(server_command(folder, folder / "redis.sock")))
    place.settled()
    answered = place.rows(
        "SELECT a.subject, count(o.id) FROM accounts a JOIN outgoing_messages o"
        " ON o.account_id = a.id WHERE a.subject LIKE 'oWhileRedis%' GROUP BY a.subject"
    )
    order(owner, "after.pdf")
    wait_until(lambda: tasks(place, "after.pdf"), "sealed")
    settle(place)

    assert statuses == [200] * 20
    assert (unready.status_code, living.status_code) == (503, 200)
    assert unready.json()["checks"] == {"sql": True, "redis": False, "worker": False}
    assert sorted(answered) == [(who.openid, 1) for who in people]
    assert requests.get(f"{place.url}/readyz", timeout=10).status_code == 200


def redis_of(place: Town) -> int:
    """The process of this world's Redis; it shows its socket as its title."""
    title = f"unixsocket:{place.state / 'redis' / 'redis.sock'}".encode()
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and title in (entry / "cmdline").read_bytes():
                return int(entry.name)
    raise AssertionError("no Redis of this world")


def test_no_secret_rests_where_it_should_not(place: Town, owner: Citizen) -> None:
    """F34: after all these crashes, in database, Redis, logs, queues and names of documents."""
    assert owner.person.enterprise is not None
    accounts = place.world.accounts
    wrong_pin = "918273"
    told = {
        "PIN": story.PIN,
        "wrong PIN": wrong_pin,
        "ID number": owner.person.id_number,
        "mobile": owner.person.mobile,
        "password": owner.person.password,
        "app secret": accounts.wechat_official.secret,
        "token": accounts.wechat_official.token,
        "AES key": accounts.wechat_official.encoding_aes_key,
        "robot's key": accounts.staff_robot.key,
        "client secret": accounts.oidc.client_secret,
        "authority's key": accounts.trust.ca_token,
        "reviewer's password": place.world.reviewer_password,
    }
    assert place.count("people", "id_number IS NOT NULL") >= 1
    files = [path for path in place.state.rglob("*") if path.is_file()]
    kept = [path for path in files if path.suffix in {".db", ".db-wal", ".log", ".aof"}]
    assert {".db", ".log", ".aof"} <= {path.suffix for path in kept}

    found = [
        f"{name} in {path.relative_to(place.state)}"
        for path in kept
        for name, secret in told.items()
        if secret.encode() in path.read_bytes()
    ]
    names = [path.name for path in (place.state / "documents").rglob("*")]

    assert found == []
    assert not any(secret in name for name in names for secret in told.values())
    assert not any("采购合同" in name or name.endswith((".pdf", ".ofd")) for name in names)
