"""A project from a stranger does no harm and says what is wrong with it."""

from __future__ import annotations

import random
import stat
import struct
import zipfile

import pytest
from made_refi import qdpx, selection, source, xml

from evalkit.coding.refi import archive as limits
from evalkit.coding.refi import read_project
from evalkit.errors import CodingError


def with_members(path, *members):
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("project.qde", xml(""))
        for info, data in members:
            opened.writestr(info, data)
    return path


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil.txt", "C:/evil.txt", "a/../../b.txt"])
def test_a_member_that_points_outside_is_refused(tmp_path, name):
    path = with_members(tmp_path / "a.qdpx", (name, "x"))

    with pytest.raises(CodingError, match="points outside"):
        read_project(path)


def test_a_symbolic_link_is_refused(tmp_path):
    info = zipfile.ZipInfo("sources/a.txt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16

    with pytest.raises(CodingError, match="link to another file"):
        read_project(with_members(tmp_path / "a.qdpx", (info, "/etc/passwd")))


def test_a_member_that_stands_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = with_members(tmp_path / "a.qdpx", ("sources/a.txt", "1"), ("sources/a.txt", "2"))

    with pytest.raises(CodingError, match="two members"):
        read_project(path)


def test_a_password_is_named(tmp_path):
    path = with_members(tmp_path / "a.qdpx", ("sources/a.txt", "x"))
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)

    with pytest.raises(CodingError, match="password"):
        read_project(path)


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_of_its_own_are_refused(tmp_path, before):
    path = qdpx(tmp_path, xml("<Description>&amp;</Description>", before))

    with pytest.raises(CodingError, match="entities"):
        read_project(path)


def test_a_text_that_unpacks_without_end_is_left_out_and_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_RATIO", 100)
    path = tmp_path / "a.qdpx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("project.qde", xml(source()))
        opened.writestr("sources/00000000-0000-4000-8000-00000000000e.txt", b"a" * 3_000_000)

    found = read_project(path)

    assert found.sources[0].text == ""
    assert any("100 times its size" in loss.why for loss in found.losses)


def test_an_xml_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_RATIO", 100)
    path = tmp_path / "a.qdpx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("project.qde", xml(" " * 3_000_000))

    with pytest.raises(CodingError, match="100 times its size"):
        read_project(path)


def test_texts_that_are_too_much_together_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("evalkit.coding.refi.project.MAX_TEXTS", 10)

    with pytest.raises(CodingError, match="together"):
        read_project(qdpx(tmp_path, xml(source()), b"more than ten"))


def test_a_list_of_members_without_end_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "a.qdpx"
    path.write_bytes(b"PK" + struct.pack("<HH4HLLH", 0x0605, 0, 0, 0, 9, 9, 2**31, 0, 0)[2:])
    path.write_bytes(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 2**31, 0, 0))

    with pytest.raises(CodingError, match="members"):
        read_project(path)


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_MEMBERS", 3)
    members = [(f"sources/{n}.txt", "x") for n in range(4)]

    with pytest.raises(CodingError, match="5 members"):
        read_project(with_members(tmp_path / "a.qdpx", *members))


def test_elements_nested_without_end_are_refused(tmp_path):
    deep = '<Code guid="x" name="y" isCodable="true">' * 5_000 + "</Code>" * 5_000

    with pytest.raises(CodingError, match="nested"):
        read_project(qdpx(tmp_path, xml(deep)))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip at all", b"\x00" * 100])
def test_what_is_no_zip_says_so(tmp_path, data):
    path = tmp_path / "a.qdpx"
    path.write_bytes(data)

    with pytest.raises(CodingError, match=r"a\.qdpx: It is damaged"):
        read_project(path)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(CodingError, match="cannot be read"):
        read_project(tmp_path / "none.qdpx")


@pytest.mark.parametrize(("names", "how"), [((), "no"), (("a.qde", "b.qde"), "2")])
def test_a_project_has_one_xml_at_its_root(tmp_path, names, how):
    path = tmp_path / "a.qdpx"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("sources/x.txt", "x")
        for name in names:
            opened.writestr(name, xml(""))

    with pytest.raises(CodingError, match=f"{how} project files"):
        read_project(path)


def test_damaged_projects_give_a_message_and_nothing_else(golden, tmp_path):
    """Bytes changed at random: read, or refused with a sentence."""
    whole = (golden / "p1_lf.qdpx").read_bytes()
    chance = random.Random(5)
    refused = 0
    for number in range(300):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path = tmp_path / f"{number}.qdpx"
        path.write_bytes(data[: chance.randint(len(data) // 2, len(data))] if number % 3 else data)
        try:
            read_project(path)
        except CodingError:
            refused += 1

    assert refused > 100


def test_damaged_xml_gives_a_message_and_nothing_else(tmp_path):
    whole = xml(source(selection(1, 0, 4, "Zoë "), path="", text="Zoë read aloud")).encode()
    chance = random.Random(7)
    refused = 0
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            read_project(qdpx(tmp_path, bytes(data)))
        except CodingError:
            refused += 1

    assert 0 < refused < 300
