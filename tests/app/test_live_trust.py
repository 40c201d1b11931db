"""The service's trust: its folder, and lists fetched, renewed and kept for what has ended."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from app.trust import LiveTrust
from tests.support.http_side import Asked, Told, far_side
from tests.support.pki import NOT_AFTER, SIGNED_AT, World
from verify.checks.revocation import Use, judge_revocation
from verify.report import Reason, Verdict

WORLD = World()
DAY = timedelta(days=1)


def test_a_list_from_before_outlives_the_certificate(tmp_path: Path) -> None:
    """The last list of every month is kept: years later the newest says nothing of a certificate
    that has ended, and the old one still does. A list that cannot be fetched is no error."""
    (tmp_path / "roots").mkdir()
    (tmp_path / "roots" / "ca.cer").write_bytes(WORLD.ca.certificate)
    lists = {
        SIGNED_AT: WORLD.ca.crl(this_update=SIGNED_AT, next_update=SIGNED_AT + 7 * DAY),
        NOT_AFTER + DAY: WORLD.ca.crl(this_update=NOT_AFTER + DAY, next_update=NOT_AFTER + 7 * DAY),
    }
    clock = SIGNED_AT
    use = Use((WORLD.sealer.parsed, WORLD.ca.parsed), SIGNED_AT, is_time_proved=False)

    def answer(_: Asked) -> Told:
        found = lists.get(clock)
        return Told(found or b"", 200 if found else 500, media_type="application/pkix-crl")

    with far_side(answer) as side:
        url = f"{side.base_url}/ca.crl"
        trust = LiveTrust(tmp_path / "roots", (url,), tmp_path / "state", lambda: clock)
        assert trust.current().crls == (lists[SIGNED_AT],)

        clock = NOT_AFTER + DAY
        store = trust.current()
        assert set(store.crls) == set(lists.values())
        assert judge_revocation([use], store).verdict is Verdict.VALID

        clock = NOT_AFTER + 2 * DAY  # the authority is away
        assert set(trust.current().crls) == set(lists.values())

    newest_alone = LiveTrust(tmp_path / "roots", (), tmp_path / "state", lambda: clock).current()
    forgetful = newest_alone.with_crls([lists[NOT_AFTER + DAY]])
    assert judge_revocation([use], forgetful).reason is Reason.NO_REVOCATION_DATA
