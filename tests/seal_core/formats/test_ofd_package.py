"""Packages are read by what they say of themselves, in whatever way vendors say it."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal_core.errors import MalformedData, PackageRefused
from seal_core.formats.ofd_model import Role, page_size_mm, read_model
from seal_core.formats.ofd_package import OfdPackage, parse_xml, resolve
from tests.support.ofd import A4, document_xml, ofd, ofd_files, pack, page_xml, root_xml
from tests.support.samples import sample


def test_everything_a_reader_shows_is_found() -> None:
    """Pages, template, resources, annotations, attachment and tags, each with its role."""
    model = read_model(OfdPackage(ofd(2)))

    assert {path: str(role) for path, role in model.parts.items()} == {
        "/OFD.xml": "root",
        "/Doc_0/Document.xml": "document",
        "/Doc_0/PublicRes.xml": "resource",
        "/Doc_0/DocumentRes.xml": "resource",
        "/Doc_0/Res/font.ttf": "resource",
        "/Doc_0/Res/logo.png": "resource",
        "/Doc_0/Tpls/Tpl_0/Content.xml": "template",
        "/Doc_0/Pages/Page_0/Content.xml": "page",
        "/Doc_0/Pages/Page_1/Content.xml": "page",
        "/Doc_0/Annots/Annotations.xml": "annotation",
        "/Doc_0/Annots/Page_0/Annot.xml": "annotation",
        "/Doc_0/Attachs/Attachments.xml": "attachment",
        "/Doc_0/Attachs/data.xml": "attachment",
        "/Doc_0/Tags/CustomTags.xml": "tag",
        "/Doc_0/Tags/Tag.xml": "tag",
    }
    assert model.dangling == []
    assert model.faults == []


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
def test_a_page_with_resources_of_its_own_shows_them_too(encoding: str) -> None:
    """PageRes is seen in any encoding."""
    files = ofd_files()
    page = page_xml("", A4, "<ofd:PageRes>PageRes.xml</ofd:PageRes>").split("\n", 1)[1]
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    files["Doc_0/Pages/Page_0/Content.xml"] = (head + page).encode(encoding)
    files["Doc_0/Pages/Page_0/PageRes.xml"] = files["Doc_0/DocumentRes.xml"]
    files["Doc_0/Pages/Page_0/Res/logo.png"] = b"another"

    model = read_model(OfdPackage(pack(files)))

    assert model.parts["/Doc_0/Pages/Page_0/PageRes.xml"] is Role.RESOURCE
    assert model.parts["/Doc_0/Pages/Page_0/Res/logo.png"] is Role.RESOURCE


def test_several_documents_and_versions_are_followed() -> None:
    """Pages count on through the documents; a version's own document is shown as well."""
    files = ofd_files(2) | {k.replace("Doc_0", "Doc_1"): v for k, v in ofd_files(1).items()}
    versions = '<ofd:Versions><ofd:Version ID="1" BaseLoc="V/Version.xml"/></ofd:Versions>'
    files["OFD.xml"] = root_xml("Doc_0/Document.xml", "Doc_1/Document.xml", extra=versions).encode()
    files["V/Version.xml"] = (
        b'<DocVersion><FileList><File ID="1">old.xml</File></FileList>'
        b"<DocRoot>/V/Document.xml</DocRoot></DocVersion>"
    )
    files["V/Document.xml"] = document_xml(1).encode()
    files["V/old.xml"] = b"<old/>"

    model = read_model(OfdPackage(pack(files)))

    assert [page.number for page in model.pages] == [1, 2, 3]
    assert model.parts["/V/Version.xml"] is Role.VERSION
    assert model.parts["/V/old.xml"] is Role.VERSION
    assert model.parts["/V/Document.xml"] is Role.DOCUMENT
    assert "/V/Pages/Page_0/Content.xml" in model.dangling


def test_what_is_missing_or_damaged_below_is_told_not_raised() -> None:
    """A document with a broken annotation list is still a document."""
    files = ofd_files()
    files["Doc_0/Annots/Annotations.xml"] = b"<broken"
    files["Doc_0/Document.xml"] = files["Doc_0/Document.xml"].replace(
        b"PublicRes.xml", b"../../../etc/passwd"
    )
    del files["Doc_0/Tags/CustomTags.xml"]

    model = read_model(OfdPackage(pack(files)))

    assert model.dangling == ["/Doc_0/Tags/CustomTags.xml"]
    assert [fault.path for fault in model.faults] == [
        "/Doc_0/Document.xml",
        "/Doc_0/Annots/Annotations.xml",
    ]


def test_page_sizes_come_from_the_page_its_template_or_the_document() -> None:
    """Each page's own area first; A4 where nothing is said or the box is nonsense."""
    files = ofd_files(4, sizes=[(100, 50), (100, 50), (100, 50), (100, 50)])
    template = '<ofd:Template TemplateID="2"/>'
    files["Doc_0/Pages/Page_1/Content.xml"] = page_xml("", None, template).encode()
    files["Doc_0/Tpls/Tpl_0/Content.xml"] = page_xml("", (90, 80)).encode()
    files["Doc_0/Pages/Page_2/Content.xml"] = page_xml().encode()
    files["Doc_0/Pages/Page_3/Content.xml"] = page_xml("", (-1, 50)).encode()
    package = OfdPackage(pack(files))
    body = read_model(package).bodies[0]

    sizes = [page_size_mm(package, body, page) for page in body.pages]

    assert sizes == [(100, 50), (90, 80), (210, 297), (210, 297)]


@pytest.mark.parametrize(
    ("location", "base", "path"),
    [
        ("Doc_0/Document.xml", "/OFD.xml", "/Doc_0/Document.xml"),
        ("/Doc_0/a", "/Doc_0/Signs/S.xml", "/Doc_0/a"),
        ("../a", "/Doc_0/Signs/S.xml", "/Doc_0/a"),
        ("./a//b/../c", "/Doc_0/S.xml", "/Doc_0/a/c"),
        ("//a", "/b", "/a"),
        (" a\n", "/d/b", "/d/a"),
        ("d\\a", "/b", "/d/a"),
    ],
)
def test_paths_are_absolute_or_relative_to_the_file_that_names_them(
    location: str, base: str, path: str
) -> None:
    """Clause 7.5, and backslashes as some vendors write them."""
    assert resolve(location, base) == path


@pytest.mark.parametrize("location", ["", " ", "../../a", "/../a", "a/../../../b", "a\x00"])
def test_a_path_that_leaves_the_package_is_refused(location: str) -> None:
    """Even where it would come back in again."""
    with pytest.raises(MalformedData):
        resolve(location, "/Doc_0/Document.xml")


@given(st.text("./ab\\", max_size=30), st.sampled_from(["", "a/", "a/b/", "a.b/c/"]))
def test_a_resolved_path_is_absolute_and_normal(location: str, folder: str) -> None:
    """Whatever is written, the result stays inside and names one file in one way."""
    try:
        path = resolve(location, f"/{folder}f.xml")
    except MalformedData:
        return
    assert path.startswith("/")
    assert not path.startswith("//")
    assert path == posixpath.normpath(path)
    assert ".." not in path.split("/")


DOCTYPE = b'<!DOCTYPE a [<!ENTITY b "bbbb">]>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<a",
        DOCTYPE + b"<a>&b;</a>",
        DOCTYPE + b"<a/>",
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>&nope;</a>",
        b"<a>" * 5000 + b"</a>" * 5000,
        b"\xff\xfe<",
    ],
)
def test_hostile_xml_is_refused(content: bytes) -> None:
    """No document types, no entities, no endless depth."""
    with pytest.raises(MalformedData):
        parse_xml(content, "test")


def test_xml_that_would_fill_the_memory_is_refused_before_parsing() -> None:
    """Two million elements are a few kilobytes when packed."""
    files = ofd_files() | {"OFD.xml": b"<a>" + b"<b/>" * 2_100_000 + b"</a>"}
    package = OfdPackage(pack(files))

    with pytest.raises(PackageRefused, match="too_large"):
        package.xml("/OFD.xml")


def test_xml_of_attributes_is_refused_too_and_spoils_no_other() -> None:
    """An attribute costs twice an element; what is refused is not counted."""
    crowded = b"<a>" + b"<b c='' d='' e='' f='' g='' h=''/>" * 200_000 + b"</a>"
    files = ofd_files() | {"Doc_0/Annots/Annotations.xml": crowded}

    model = read_model(OfdPackage(pack(files)))

    assert [(f.path, f.reason) for f in model.faults] == [
        ("/Doc_0/Annots/Annotations.xml", "too_large")
    ]
    assert "/Doc_0/Tags/Tag.xml" in model.parts


def test_a_package_without_ofd_xml_is_no_ofd() -> None:
    """A ZIP with other content, such as DOCX, is refused by its content."""
    with pytest.raises(PackageRefused, match="no_root"):
        OfdPackage(pack({"[Content_Types].xml": b"<a/>"}))
    with pytest.raises(MalformedData):
        read_model(OfdPackage(pack({"OFD.xml": b"<html/>"})))


def test_a_file_found_only_without_regard_to_case_is_named() -> None:
    """Readers on Windows open it, so it counts as shown."""
    files = ofd_files()
    files["doc_0/publicres.xml"] = files.pop("Doc_0/PublicRes.xml")
    package = OfdPackage(pack(files))

    model = read_model(package)

    assert model.parts["/doc_0/publicres.xml"] is Role.RESOURCE
    assert package.quirks == {"path_case"}


@pytest.mark.samples
@pytest.mark.parametrize(
    ("name", "pages", "quirks"),
    [
        ("chineseDir.ofd", 1, set()),
        ("namespace_no_std.ofd", 1, set()),
        ("path_unstd.ofd", 2, {"zip_bytes_after"}),
        ("containsJPEG.ofd", 2, {"path_case"}),
        ("ano.ofd", 3, set()),
        ("zsbk.ofd", 2, set()),
    ],
)
def test_packages_of_real_vendors_are_read(name: str, pages: int, quirks: set[str]) -> None:
    """Old namespaces, vendor folders, Chinese names, padding."""
    package = OfdPackage(sample(f"ofd/{name}"))

    model = read_model(package)

    assert len(model.pages) == pages
    assert model.faults == []
    assert package.quirks == quirks


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("<a>盖章</a>".encode(), True),
        ("<a>签字</a>".encode(), False),
        (b"<a>&#30422;</a>", True),
        ('<?xml version="1.0" encoding="GBK"?><a>盖</a>'.encode("gbk"), True),
        ('<?xml version="1.0" encoding="UTF-16"?><a>盖</a>'.encode("utf-16"), True),
    ],
)
def test_a_first_look_for_a_character_never_misses_it(content: bytes, shown: bool) -> None:
    """Other encodings and character references are looked at closely."""
    package = OfdPackage(pack(ofd_files() | {"a.xml": content}))

    assert package.may_show("/a.xml", "盖") is shown
