"""Documents are written once, in a folder and in an S3 bucket alike."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from moto.server import ThreadedMotoServer

from seal_core.domain.identifiers import new_id
from storage.documents import ObjectStore

OPTIONS = {
    "access_key_id": "test",
    "secret_access_key": "test",  # the stand-in takes anything
    "region": "us-east-1",
    "client_options": {"allow_http": True},
}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return ObjectStore(str(tmp_path / "documents"))
    endpoint = request.getfixturevalue("s3")
    bucket = f"documents-{new_id()[:8]}"
    with urlopen(Request(f"{endpoint}/{bucket}", method="PUT"), timeout=10):
        return ObjectStore(f"s3://{bucket}/prefix", endpoint=endpoint, **OPTIONS)


def test_what_was_put_comes_back(store: ObjectStore) -> None:
    """
    Also nothing at all, and megabytes.
    """
    for data in (b"", b"%PDF-1.7", bytes(3_000_000)):
        key = new_id()
        store.put(key, data)
        assert store.get(key) == data


def test_a_document_is_written_once(store: ObjectStore) -> None:
    """
    The same bytes again are fine (a repeated job); other bytes are refused and change nothing.
    """
    key = new_id()
    store.put(key, b"sealed")
    store.put(key, b"sealed")
    with pytest.raises(FileExistsError):
        store.put(key, b"other")
    assert store.get(key) == b"sealed"


def test_of_many_writers_one_wins(store: ObjectStore) -> None:
    """
    Two workers that finish the same task at once leave one result.
    """
    key = new_id()

    def put(number: int) -> bool:
        try:
            store.put(key, str(number).encode())
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(put, range(8)))
    assert outcomes.count(True) == 1
    assert store.get(key) == str(outcomes.index(True)).encode()


def test_what_is_not_there_is_a_key_error(store: ObjectStore) -> None:
    """
    Both stores say so in the same way.
    """
    with pytest.raises(KeyError):
        store.get(new_id())


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "a\x00b", "合同", "a" * 5 + "\n"])
def test_only_our_own_ids_name_documents(store: ObjectStore, name: str) -> None:
    """
    A user's text never becomes a path (faults F54).
    """
    with pytest.raises(ValueError, match="not a document id"):
        store.put(name, b"")
    with pytest.raises(ValueError, match="not a document id"):
        store.get(name)


def test_nobody_else_reads_the_folder(tmp_path: Path) -> None:
    """
    Documents are private to the service's user.
    """
    ObjectStore(str(tmp_path / "a" / "documents"))
    assert stat.S_IMODE((tmp_path / "a" / "documents").stat().st_mode) == 0o700
