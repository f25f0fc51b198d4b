"""Damaged and hostile files: a sentence for the user, and nothing that takes the program down."""

import zlib

import documents
import pytest
from documents import docx, docx_p, odt, pdf_file, xlsx, zipped
from mutations import mutated

from evalkit.coding import apart, package
from evalkit.coding.apart import Document, drafts, read_all_apart
from evalkit.coding.material import Draft, Material
from evalkit.coding.read import DRAFTS, READERS
from evalkit.errors import CodingError, ProjectError

LAUGHS = (
    '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<!DOCTYPE d [<!ENTITY c SYSTEM "file:///etc/passwd">]>'


def defines(doctype):
    body = f"<w:body>{docx_p('x').replace('>x<', '>&c;<')}</w:body>"
    return zipped(
        {"word/document.xml": f'{doctype}<w:document xmlns:w="{documents.W}">{body}</w:document>'}
    )


def pdf_bomb():
    """Two hundred megabytes of page in some hundred bytes."""
    page = zlib.compress(zlib.compress(b"BT /F1 9 Tf (a) Tj ET\n" * 10_000_000, 9), 9)
    return pdf_file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            (
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources "
                b"<< /Font << /F1 5 0 R >> >> >>"
            ),
            b"<< /Filter [/FlateDecode /FlateDecode] /Length %d >>\nstream\n%b\nendstream"
            % (len(page), page),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
    )


HOSTILE = {
    "bomb.docx": (lambda: docx("<w:p>" + " " * 50_000_000 + "</w:p>"), "more than 200 times"),
    "laughs.docx": (lambda: defines(LAUGHS), "defines entities"),
    "outside.docx": (lambda: defines(OUTSIDE), "defines entities"),
    "deep.docx": (lambda: docx("<w:p>" * 100_000), "nested too deeply"),
    "parts.docx": (lambda: docx(**{f"{n}": "" for n in range(6_000)}), "parts"),
    "up.docx": (lambda: docx(**{"word/../../../x": "x"}), "outside itself"),
    "root.docx": (lambda: docx(**{"/etc/x": "x"}), "outside itself"),
    "windows.docx": (lambda: docx(**{"C:\\x": "x"}), "outside itself"),
    "sheet.docx": (xlsx, "`word/document.xml` is missing"),
    "text.docx": (lambda: b"only words", "not a Word document"),
    "old.docx": (lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "older format"),
    "cut.docx": (lambda: docx()[:-40], "cannot be opened"),
    "locked.odt": (lambda: odt(**{"META-INF/manifest.xml": "<encryption-data/>"}), "password"),
    "deep.odt": (lambda: odt("<text:span>" * 100_000), "nested too deeply"),
    "deep.rtf": (lambda: b"{\\rtf1" + b"{" * 100_000, "nested too deeply"),
    "text.rtf": (lambda: b"only words", "not Rich Text"),
    "text.pdf": (lambda: b"only words", "not a PDF"),
    "cut.pdf": (lambda: documents.pdf()[:300], "damaged"),
    "round.pdf": (
        lambda: pdf_file([b"<< /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]),
        "damaged|no words",
    ),
    "bomb.pdf": (pdf_bomb, "damaged|memory|seconds"),
    "text.vtt": (lambda: b"only words", "not a WebVTT file"),
    "none.vtt": (lambda: b"WEBVTT\n\n", "no cues"),
    "none.srt": (lambda: b"only words", "no cues"),
    "marks.html": (lambda: b"<![" * 100_000, "damaged|no words"),
    "script.html": (lambda: b"<script>only this", "no words"),
    "far.xlsx": (
        lambda: xlsx(
            sheet='<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            '<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">'
            '<c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
        ),
        "memory",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(name, put):
    make, says = HOSTILE[name]
    path = put(name, make())
    with pytest.raises(ProjectError, match=says) as caught:
        READERS[path.suffix](path, name)
    (fault,) = caught.value.faults
    assert fault.file == name
    assert fault.do.endswith(".")


def test_repeats_without_end_are_not_carried_out(put):
    cell = (
        '<table:table><table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'table:number-columns-repeated="999999999"><text:p>a<text:s text:c="999999999"/>b</text:p>'
        "</table:table-cell></table:table-row></table:table>"
    )
    (source,) = READERS[".odt"](put("a.odt", odt(cell)), "a.odt")
    assert source.text == f"a{' ' * 1000}b"


def test_a_declared_size_that_lies_is_found_out():
    data = bytearray(docx())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (1 << 30).to_bytes(4, "little")
    with pytest.raises(CodingError, match="unpacks to more than"):
        DRAFTS[".docx"](bytes(data))


@pytest.mark.parametrize("suffix", [suffix for suffix in DRAFTS if suffix != ".htm"])
def test_a_few_hundred_mutations_give_words_or_a_foreseen_sentence(suffix):
    helper = drafts()
    next(helper)
    found = [helper.send((suffix, data)) for data in mutated(documents.TALKS[suffix](), 5, 300)]
    helper.close()
    refused = [said for said in found if not isinstance(said, Draft)]
    assert not [said.wrong for said in refused if "cannot be opened (" in said.wrong]
    assert 0 < len(refused) < len(found)
    for said in found:
        if isinstance(said, Draft):
            said.text.encode()  # no half of a surrogate pair is left
            assert "\x00" not in said.text
            assert "\r" not in said.text
            assert all(0 <= turn.start < turn.end <= len(said.text) for turn in said.turns)


def test_the_mutations_are_the_same_for_the_same_seed():
    data = docx()
    assert list(mutated(data, 3, 20)) == list(mutated(data, 3, 20))
    assert list(mutated(data, 3, 20)) != list(mutated(data, 4, 20))


@pytest.fixture
def kinds(put):
    """Parsers that hang, die and eat memory, in a child that knows them by name."""
    return put(
        "child.py",
        f"""
import sys, time, os
sys.path.append({str(apart._ROOT)!r})
import evalkit.coding.child as child
import evalkit.coding.read as read
from evalkit.coding.material import Draft
read.DRAFTS |= {{
    ".sleep": lambda data: time.sleep(60),
    ".spin": lambda data: sum(1 for _ in iter(int, 1)),
    ".die": lambda data: os.abort(),
    ".once": lambda data: os.abort() if len(seen) or seen.append(1) else Draft("once"),
    ".eat": lambda data: bytearray(1 << 40),
    ".print": lambda data: print("noise", flush=True) or Draft("printed"),
    ".odd": lambda data: 1 / 0,
    ".write": lambda data: open(data.decode(), "wb").write(b"x"),
    ".good": lambda data: Draft(data.decode()),
}}
seen = []
child.main()
""",
    )


def test_whatever_a_parser_does_the_next_document_is_read(kinds, monkeypatch, tmp_path):
    monkeypatch.setattr(apart, "_CHILD", kinds)
    monkeypatch.setattr(apart, "SECONDS", 2)
    monkeypatch.setattr(apart, "CPU_SECONDS", 1)
    monkeypatch.setattr(apart, "MEMORY_MB", 600)
    helper = drafts()
    next(helper)
    written = tmp_path / "written"
    said = {}
    for kind in (".sleep", ".spin", ".die", ".eat", ".odd", ".write"):
        said[kind] = helper.send((kind, str(written).encode()))
        assert helper.send((".good", b"words")) == Draft("words")
    assert helper.send((".print", b"x")) == Draft("printed")
    helper.close()
    assert "within 2 seconds" in said[".sleep"].wrong
    assert "within 2 seconds" in said[".spin"].wrong
    assert "memory" in said[".die"].wrong
    assert "memory" in said[".eat"].wrong
    assert said[".odd"].wrong == "It is damaged: it cannot be opened (ZeroDivisionError)."
    assert isinstance(said[".write"], CodingError)
    assert not written.exists() or written.read_bytes() == b""


def test_a_document_that_another_ones_child_died_on_is_tried_once_more(kinds, monkeypatch):
    monkeypatch.setattr(apart, "_CHILD", kinds)
    helper = drafts()
    next(helper)
    assert [helper.send((".once", b"")) for _ in range(3)] == [Draft("once")] * 3
    helper.close()


def test_one_bad_document_among_good_ones_is_the_only_one_refused(put):
    files = {"a.docx": docx(), "b.docx": b"PK\x03\x04 no", "c.docx": docx()}
    jobs = [Document(put(name, data), name, ".docx") for name, data in files.items()]
    jobs += [Document(jobs[0].path.with_name("gone.docx"), "gone.docx", ".docx")]
    found = [type(said) for _, said in read_all_apart(jobs)]
    assert found == [Material, ProjectError, Material, ProjectError]


def test_the_limits_are_those_that_are_promised():
    assert apart.SECONDS <= 20
    assert apart.CPU_SECONDS < apart.SECONDS
    assert apart.MEMORY_MB <= 1024
    assert package.MAX_UNPACKED <= 300_000_000
