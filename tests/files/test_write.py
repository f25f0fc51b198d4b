"""Files are written whole or not at all, and the same each time."""

from __future__ import annotations

import json
import math

import pytest

from evalkit.errors import EvalkitError
from evalkit.files import write


def test_text_is_written_as_utf8_with_line_feeds(tmp_path):
    write.write_whole(tmp_path / "new" / "a.txt", "é\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == b"\xc3\xa9\n"


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def interrupted(_handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(write.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write.write_whole(path, "new")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_a_place_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EvalkitError, match="cannot be written"):
        write.write_whole(tmp_path / "file" / "inside.txt", "x")


def test_equal_values_have_equal_canonical_text():
    assert write.canonical_json({"b": 1, "a": [True, None]}) == '{"a":[true,null],"b":1}'
    assert write.canonical_json({"a": 1, "b": 2}) == write.canonical_json({"b": 2, "a": 1})


def test_numbers_that_json_lacks_are_refused_or_made_missing():
    with pytest.raises(ValueError, match="JSON"):
        write.canonical_json([math.nan])
    assert [write.finite(value) for value in (1, None, math.nan, math.inf)] == [
        1.0,
        None,
        None,
        None,
    ]


def test_pretty_json_ends_with_a_line_end_and_reads_back():
    text = write.pretty_json({"a": "é"})
    assert text.endswith("}\n")
    assert json.loads(text) == {"a": "é"}


def test_the_fingerprint_is_that_of_the_standard(tmp_path):
    # FIPS 180-2, appendix B.1: SHA-256 of "abc"
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    (tmp_path / "a").write_bytes(b"abc")
    assert write.sha256("abc") == write.sha256(b"abc") == known
    assert write.sha256_file(tmp_path / "a") == known
