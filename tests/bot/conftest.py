"""A chat with the service of each province."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.chat import Chat, open_chat


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    """山西; nobody is signed in."""
    with open_chat(tmp_path) as chat:
        yield chat


@pytest.fixture
def signed_in(chat: Chat) -> Chat:
    """山西; the owner is signed in and has heard so."""
    chat.sign_in()
    return chat


@pytest.fixture
def jiangxi(tmp_path: Path) -> Iterator[Chat]:
    """江西; the owner is signed in."""
    with open_chat(tmp_path, "jiangxi") as chat:
        chat.sign_in()
        yield chat
