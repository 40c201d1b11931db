"""更名 over real HTTP: the registry says it, the worker notices, the phone leads to new seals."""

from __future__ import annotations

from sandbox.stories.telling import Telling
from tests.support.towns import Town

NEW_NAME = "赣江青瓷文化集团有限公司"
OWN = "holder_id = (SELECT id FROM organisations WHERE uscc = :u)"
LONG_AGO = "2020-01-01T00:00:00.000000+00:00"


def test_a_renamed_enterprise_gets_its_seals_anew(jiangxi: Town, jiangxi_told: Telling) -> None:
    """Four seals freeze, the name seal stays; 重新制作 and one 意愿认证 make the four anew."""
    assert jiangxi_told.steps
    citizen = jiangxi.citizen("xiong", "wechat")
    assert citizen.person.enterprise is not None
    uscc, old = citizen.person.enterprise.uscc, citizen.person.enterprise.name
    jiangxi.watcher.registry(uscc, name=NEW_NAME)
    try:
        citizen.phone.catch_up()
        assert jiangxi.change("UPDATE registrations SET checked_at = :t", t=LONG_AGO)
        citizen.phone.wait_for("已更名为" + NEW_NAME, timeout=120)
        assert jiangxi.count("seals", f"state = 'frozen' AND {OWN}", u=uscc) == 4
        assert "登记机关：单位更名" in citizen.pc.open("/portal/log").text
        citizen.ask("菜单", "请问要办什么")
        citizen.ask("重新制作", "继续有效")
        page = citizen.open_link(citizen.ask("确定", "意愿认证"))
        assert NEW_NAME in page.text
        citizen.show_face(citizen.mobile.submit({}, button="去做意愿认证"))
        citizen.phone.wait_for("领取成功", timeout=60)
        names = jiangxi.rows(f"SELECT name FROM seals WHERE state = 'active' AND {OWN}", u=uscc)
        assert len(names) == 5
        assert sum(name.startswith(NEW_NAME) for name in names) == 4
        assert "已注销" in citizen.pc.open("/portal/seals").text
    finally:
        jiangxi.watcher.registry(uscc, name=old)
    assert jiangxi.watcher.illegal() == []
    assert jiangxi.audit_is_sound()
