"""Archives mean the same to every reader, or are refused."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal_core.errors import PackageRefused
from seal_core.formats.zip_archive import MAX_ENTRIES, ZipArchive
from tests.support.zips import RawEntry, RawZip, raw_zip

AT = datetime(2026, 3, 1, 9, 30, 4, tzinfo=UTC)
UTF8 = 0x0800


def refusal(data: bytes) -> str:
    with pytest.raises(PackageRefused) as caught:
        ZipArchive(data)
    return caught.value.reason


def test_entries_are_read_by_the_central_directory() -> None:
    """Stored and deflated entries come back as they went in; folders are no files."""
    archive = ZipArchive(
        raw_zip(
            RawEntry(b"a.xml", b"one"),
            RawEntry(b"d/", b"", method=0),
            RawEntry(b"d/b", b"two", method=0),
        )
    )

    assert [*archive.entries] == ["a.xml", "d/b"]
    assert archive.read("a.xml") == b"one"
    assert archive.read("d/b") == b"two"
    assert archive.quirks == set()


@pytest.mark.parametrize(
    ("reason", "entries"),
    [
        ("duplicate_name", [RawEntry(b"a"), RawEntry(b"a", b"y")]),
        ("case_variants", [RawEntry(b"Doc/A.xml"), RawEntry(b"doc/a.XML")]),
        ("duplicate_name", [RawEntry(b"d/a"), RawEntry(b"d\\a")]),
        ("case_variants", [RawEntry(n.encode(), flags=UTF8) for n in ("é", "e\u0301")]),
        ("unsafe_name", [RawEntry(b"../a")]),
        ("unsafe_name", [RawEntry(b"d/../../a")]),
        ("unsafe_name", [RawEntry(b"..\\a")]),
        ("unsafe_name", [RawEntry(b"/etc/passwd")]),
        ("unsafe_name", [RawEntry(b"C:\\a")]),
        ("unsafe_name", [RawEntry(b"a\x00b")]),
        ("unsafe_name", [RawEntry(b"a//b")]),
        ("unsafe_name", [RawEntry(b"./a")]),
        ("unsafe_name", [RawEntry(b"\xff\xff", flags=UTF8)]),
        ("unsafe_name", [RawEntry(b"")]),
        ("two_readings", [RawEntry(b"a", local_name=b"b")]),
        ("two_readings", [RawEntry(b"a", method=0, local_packed=99)]),
        ("two_readings", [RawEntry(b"d/", b"content")]),
        ("two_readings", [RawEntry(b"a", extra=b"\x75\x70\x06\x00\x01....b")]),
        ("two_readings", [RawEntry("目录".encode("gbk")), RawEntry("Ŀ¼".encode(), flags=UTF8)]),
        ("encrypted", [RawEntry(b"a", flags=1)]),
        ("compression", [RawEntry(b"a", method=12)]),
        ("too_large", [RawEntry(b"a", told_size=600 * 1024 * 1024)]),
        ("too_large", [RawEntry(b"a", told_size=64 * 1024 * 1024)]),
        ("hidden_entry", [RawEntry(b"a"), RawEntry(b"b", gap_before=b"PK\x03\x04....")]),
    ],
)
def test_an_ambiguous_or_bursting_archive_is_refused(reason: str, entries: list[RawEntry]) -> None:
    """
    What two readers could see differently, and what leaves the package or bursts it,
    is refused on opening, before anything is inflated.
    """
    assert refusal(raw_zip(*entries)) == reason


def test_the_second_of_two_archives_does_not_hide_the_first() -> None:
    """A reader that streams from the front would see the other archive."""
    one, other = raw_zip(RawEntry(b"a")), raw_zip(RawEntry(b"b"))

    assert refusal(one + other) == "hidden_entry"


def test_an_archive_inside_the_comment_is_refused() -> None:
    """A reader that looks for the first end record would see the inner archive."""
    inner = raw_zip(RawEntry(b"b"))

    assert refusal(raw_zip(RawEntry(b"a"), comment=inner)) in ("hidden_entry", "directory")


def test_two_entries_may_not_share_bytes() -> None:
    """Overlapping entries are how a small file inflates to petabytes."""
    data = bytearray(raw_zip(RawEntry(b"a", b"1"), RawEntry(b"a", b"1")))
    second = data.rfind(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<L", 0)

    assert refusal(bytes(data)) == "overlapping_entries"


def test_too_many_entries_are_refused_by_their_count() -> None:
    """The count is believed only to refuse."""
    assert refusal(RawZip([RawEntry(b"a")], count=MAX_ENTRIES + 1).build()) == "too_many_entries"
    assert refusal(RawZip([RawEntry(b"a")], count=2).build()) == "directory"


@pytest.mark.parametrize("data", [b"", b"PK", b"%PDF-1.7 nothing", b"PK\x05\x06" + bytes(10)])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    """Never an exception of another type."""
    assert refusal(data) in ("not_a_zip", "directory")


@pytest.mark.parametrize(
    ("quirk", "data"),
    [
        ("zip_bytes_before", raw_zip(RawEntry(b"a"), before=b"KG header")),
        ("zip_bytes_after", raw_zip(RawEntry(b"a"), after=b"KG trailer")),
        ("zip_bytes_after", raw_zip(RawEntry(b"a"), comment=b"made by")),
        ("zip_bytes_between", raw_zip(RawEntry(b"a"), before_directory=b"padding.")),
        ("zip_local_header", raw_zip(RawEntry(b"a", local_packed=7))),
        ("zip_backslash", raw_zip(RawEntry(b"d\\a"))),
        ("zip_name_encoding", raw_zip(RawEntry("中文/页.xml".encode("gbk")))),
    ],
)
def test_what_real_vendors_do_is_read_and_named(quirk: str, data: bytes) -> None:
    """KingGrid pads, Suwell writes bad local headers, others write GBK or backslashes."""
    archive = ZipArchive(data)

    assert archive.quirks == {quirk}
    assert [archive.read(name) for name in archive.entries] == [b"x"]


def test_names_in_gbk_are_read_as_chinese() -> None:
    """A name without the UTF-8 flag is UTF-8 if it can be, else GBK."""
    archive = ZipArchive(raw_zip(RawEntry("目录/页".encode("gbk")), RawEntry("目录/签".encode())))

    assert [*archive.entries] == ["目录/页", "目录/签"]


@pytest.mark.parametrize(
    "entry",
    [
        RawEntry(b"a", b"hello", crc=1),
        RawEntry(b"a", b"hello", told_size=4),
        RawEntry(b"a", b"hello", told_size=6),
        RawEntry(b"a", b"\xff" * 40, method=8, told_size=41),
    ],
)
def test_a_damaged_entry_is_refused_when_read(entry: RawEntry) -> None:
    """Opening succeeds, so that the other entries can be judged."""
    archive = ZipArchive(raw_zip(entry))

    with pytest.raises(PackageRefused, match="damaged_entry"):
        archive.read("a")
    with pytest.raises(PackageRefused, match="damaged_entry"):
        list(archive.chunks("a"))


def test_an_entry_that_inflates_beyond_its_size_is_cut_off_early() -> None:
    """A bomb that lies about its size costs no memory."""
    archive = ZipArchive(raw_zip(RawEntry(b"a", bytes(30 * 1024 * 1024), told_size=1000)))
    tracemalloc.start()
    with pytest.raises(PackageRefused, match="damaged_entry"):
        archive.read("a")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 1024 * 1024


def test_rewriting_keeps_the_packed_bytes_of_all_others() -> None:
    """An untouched entry is copied as it lies there; zipfile reads the result."""
    data = raw_zip(RawEntry(b"a", b"1" * 500), RawEntry(b"b", b"2"), before=b"junk")
    before = ZipArchive(data)

    after = ZipArchive(before.rewritten({"b": b"new", "中/c": b"3" * 99}, AT))

    assert after.quirks == set()
    assert bytes(after.packed_bytes("a")) == bytes(before.packed_bytes("a"))
    with zipfile.ZipFile(io.BytesIO(after._data)) as archive:
        assert archive.testzip() is None
        assert {n: archive.read(n) for n in archive.namelist()} == {
            "a": b"1" * 500,
            "b": b"new",
            "中/c": b"3" * 99,
        }
        assert archive.getinfo("b").date_time == (2026, 3, 1, 9, 30, 4)


def test_rewriting_drops_data_descriptors() -> None:
    """A streamed archive (flag bit 3) is kept readable with its sizes in the header."""
    buffer = io.BytesIO()

    class Unseekable(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            return buffer.write(data)

    with zipfile.ZipFile(Unseekable(), "w", zipfile.ZIP_DEFLATED) as streamed:
        streamed.writestr("a", b"one")
        streamed.writestr("b", b"two")
    first = ZipArchive(buffer.getvalue())
    second = ZipArchive(first.rewritten({"c": b"three"}, AT))

    assert first.quirks == second.quirks == set()
    assert [second.read(n) for n in "abc"] == [b"one", b"two", b"three"]


def test_zip64_sizes_are_understood() -> None:
    """Some writers use ZIP64 fields for small files."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w") as archive,
        archive.open(zipfile.ZipInfo("a"), "w", force_zip64=True) as entry,
    ):
        entry.write(b"one")

    assert ZipArchive(buffer.getvalue()).read("a") == b"one"


VALID = raw_zip(RawEntry(b"a.xml", b"hello" * 20), RawEntry(b"b/c", b"z", method=0))


@given(st.integers(0, len(VALID) - 1), st.integers(1, 255), st.integers(0, 40))
def test_a_changed_or_cut_archive_is_refused_or_read_but_never_crashes(
    at: int, change: int, cut: int
) -> None:
    """Only PackageRefused leaves the reader, whatever happens to the bytes."""
    damaged = bytearray(VALID[: len(VALID) - cut])
    if at < len(damaged):
        damaged[at] ^= change
    try:
        archive = ZipArchive(bytes(damaged))
        for name in archive.entries:
            archive.read(name)
            list(archive.chunks(name))
    except PackageRefused:
        pass


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_politely(data: bytes) -> None:
    """No bytes make the reader raise anything else."""
    with pytest.raises(PackageRefused):
        ZipArchive(data + b"PK\x05\x06" + data)
