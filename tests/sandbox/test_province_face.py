"""Face and willingness check, and the registers behind it."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64decode
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sandbox.province import views
from sandbox.province.register import person_digest
from sandbox.sm2 import sm3
from sandbox.world import Fault, World

DIGEST = sm3(b"sealing order").hex()


@dataclass(frozen=True)
class Desk:
    world: World
    http: FlaskClient

    @property
    def headers(self) -> dict[str, str]:
        client = self.world.accounts.oidc
        pair = b64encode(f"{client.face_key}:{client.face_secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def open(self, **changes: Any) -> Any:
        person = self.world.person("tuoba")
        wish = {
            "name": person.name,
            "id_number": person.id_number,
            "purpose": "确认用章：采购合同.pdf",
            "order_digest": DIGEST,
        } | changes
        return self.http.post("/province/face/sessions", json=wish, headers=self.headers)

    def look(self, session_id: str, action: str = "confirm", face: str = "tuoba") -> Any:
        form = {"action": action, "face": face}
        return self.http.post(f"/province/face/pages/{session_id}", data=form)

    def result(self, session_id: str) -> Any:
        path = f"/province/face/sessions/{session_id}"
        return self.http.get(path, headers=self.headers).get_json()


@pytest.fixture
def desk(world: World) -> Desk:
    app = Flask("face")
    app.register_blueprint(views.create_blueprint(world))
    return Desk(world, app.test_client())


def test_a_confirmed_check_yields_a_bound_assertion(desk: Desk) -> None:
    """The assertion names person, purpose and order digest, and the time of the look."""
    told = desk.open().get_json()
    assert desk.result(told["session_id"]) == {"status": "pending", "reason": ""}
    assert "意愿认证" in desk.http.get(f"/province/face/pages/{told['session_id']}").text

    desk.look(told["session_id"])

    result = desk.result(told["session_id"])
    person, client = desk.world.person("tuoba"), desk.world.accounts.oidc
    body = result["assertion"].split(".")[1]
    claims = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert result["status"] == "passed"
    assert claims["sub"] == person_digest(person.name, person.id_number)
    assert claims["order_digest"] == DIGEST
    assert (claims["iss"], claims["aud"]) == (client.face_base, client.face_key)
    assert claims["jti"] == told["session_id"]
    assert abs(claims["auth_time"] - desk.world.clock.timestamp()) < 5
    assert person.id_number not in result["assertion"]


def test_somebody_else_before_the_camera_fails(desk: Desk) -> None:
    """Another face, or the fault switch: failed, no assertion."""
    first = desk.open().get_json()["session_id"]
    desk.look(first, face="yan")
    assert desk.result(first) == {"status": "failed", "reason": "人脸与身份信息不一致"}
    desk.world.faults.switch_on(Fault("face_fail"))
    second = desk.open().get_json()["session_id"]
    desk.look(second)
    assert desk.result(second)["status"] == "failed"


def test_cancelled_and_expired(desk: Desk) -> None:
    """Walking away and waiting too long are told apart, and neither passes."""
    first, second = (desk.open().get_json()["session_id"] for _ in range(2))
    desk.look(first, action="cancel")
    assert desk.result(first)["status"] == "cancelled"
    desk.world.clock.advance(601)
    assert desk.look(second).status_code == 409
    assert desk.result(second)["status"] == "expired"


def test_a_settled_session_stays_settled(desk: Desk) -> None:
    """A cancelled check cannot be confirmed afterwards."""
    session = desk.open().get_json()["session_id"]
    desk.look(session, action="cancel")
    assert desk.look(session).status_code == 409
    assert desk.result(session)["status"] == "cancelled"


def test_the_page_leads_back(desk: Desk) -> None:
    """With a return_url of the service the browser goes there afterwards."""
    back = f"{desk.world.accounts.service_url}/h5/orders/1"
    session = desk.open(return_url=back).get_json()["session_id"]
    assert desk.look(session).location == f"{back}?session={session}"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, "identity"),
        ({"id_number": "123"}, "identity"),
        ({"name": "阎守仁"}, "identity_mismatch"),
        ({"purpose": ""}, "purpose"),
        ({"order_digest": "abc"}, "order_digest"),
        ({"order_digest": DIGEST.upper()}, "order_digest"),
        ({"return_url": "https://evil.example/"}, "return_url"),
        ({"purpose": 5}, "malformed"),
        ({"extra": "x"}, "malformed"),
    ],
)
def test_incomplete_wishes_are_refused(desk: Desk, changes: dict[str, Any], code: str) -> None:
    """No session without a real person and a purpose the person can read."""
    answer = desk.open(**changes)
    assert (answer.status_code, answer.get_json()["error"]) == (400, code)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/province/face/sessions"),
        ("GET", "/province/face/sessions/x"),
        ("POST", "/province/face/identity"),
        ("GET", "/province/registry/enterprises/x"),
    ],
)
def test_the_interfaces_need_the_client(desk: Desk, method: str, path: str) -> None:
    """Without the key nothing is told; the attempt is on record."""
    assert desk.http.open(path, method=method).status_code == 401
    assert desk.world.verdicts.illegal()


def test_unknown_sessions(desk: Desk) -> None:
    """Guessing a session finds nothing."""
    assert desk.result("guess")["error"] == "unknown"
    assert desk.http.get("/province/face/pages/guess").status_code == 404


def test_identity_check(desk: Desk) -> None:
    """Name and number must belong together."""
    person = desk.world.person("yan")
    path = "/province/face/identity"
    right = {"name": person.name, "id_number": person.id_number}
    wrong = {"name": person.name, "id_number": desk.world.person("bai").id_number}
    assert desk.http.post(path, json=right, headers=desk.headers).get_json() == {"match": True}
    assert desk.http.post(path, json=wrong, headers=desk.headers).get_json() == {"match": False}


def test_the_business_register(desk: Desk) -> None:
    """Name, representative and status; the world can rewrite them."""
    enterprise = desk.world.person("tuoba").enterprise
    assert enterprise
    path = f"/province/registry/enterprises/{enterprise.uscc}"
    told = desk.http.get(path, headers=desk.headers).get_json()
    assert (told["name"], told["legal_representative"]) == (enterprise.name, "拓跋珏")
    assert told["status"] == "存续"

    lever = f"/world/province/registry/{enterprise.uscc}"
    change = {"status": "注销", "representative": "bai"}
    assert desk.http.post(lever, json=change).status_code == 200
    told = desk.http.get(path, headers=desk.headers).get_json()
    assert (told["status"], told["legal_representative"]) == ("注销", "白露")
    assert desk.http.post(lever, json={"status": "好"}).status_code == 400
    missing = desk.http.get("/province/registry/enterprises/x", headers=desk.headers)
    assert missing.status_code == 404
