"""A world whose pages are tried out: one citizen, signed in on the phone and on the PC."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.commands.demo import FONT
from app.demonstration import REVIEWER
from app.local_world import LocalWorld, local_world
from sandbox.actors import people_of
from sandbox.stories.people import Citizen, Stage


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalWorld]:
    with local_world("shanxi", tmp_path_factory.mktemp("pages")) as place:
        yield place


@pytest.fixture(scope="session")
def stage(world: LocalWorld) -> Stage:
    password = world.reviewer_password
    return Stage(world.service_url, world.sandbox_url, "wechat", REVIEWER, password, FONT)


@pytest.fixture(scope="session")
def tuoba(stage: Stage) -> Citizen:
    """拓跋珏, signed in everywhere."""
    citizen = Citizen(stage, people_of("shanxi")["tuoba"])
    citizen.follow_and_sign_in()
    citizen.sign_in_on_pc()
    return citizen


@pytest.fixture(scope="session")
def yan(stage: Stage) -> Citizen:
    """阎守仁 of another enterprise."""
    citizen = Citizen(stage, people_of("shanxi")["yan"])
    citizen.follow_and_sign_in()
    citizen.sign_in_on_pc()
    return citizen
