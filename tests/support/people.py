"""Invented people and enterprises whose numbers have true check digits."""

from __future__ import annotations

from dataclasses import replace

from seal_core.domain.holders import Account, Identity, Person, Role
from seal_core.domain.secrets import IdNumber, Mobile

ID_NUMBER = "140105199003078815"
MOBILE = "13900001234"
USCC = "91140100MA0TEXT00P"

PERSON = Person("a" * 32, "subject-1", "王小明", IdNumber(ID_NUMBER), Mobile(MOBILE))

OWNER = Identity(
    subject="subject-1",
    name="王小明",
    id_number=IdNumber(ID_NUMBER),
    mobile=Mobile(MOBILE),
    uscc=USCC,
    organisation_name="山西示例科技有限公司",
    region="山西省太原市",
    legal_representative="王小明",
    role=Role.LEGAL_REPRESENTATIVE,
)
STRANGER = Identity(
    subject="subject-2",
    name="李四",
    id_number=IdNumber("14010519850101123X"),
    mobile=Mobile("13900005678"),
)
COLLEAGUE = replace(
    OWNER, subject="subject-3", name="赵六", role=Role.MEMBER, mobile=Mobile("13900009999")
)
DELEGATE = Identity(
    subject="subject-5",
    name="钱七",
    id_number=IdNumber("140105199202144563"),
    mobile=Mobile("13900007777"),
)
NAMESAKE = replace(DELEGATE, subject="subject-6", id_number=IdNumber("140105197708092220"))
"""Another person of the same name."""

ACCOUNT = Account("b" * 32, "wechat_official", "wx1", "openid-1", "", "", None, True)
