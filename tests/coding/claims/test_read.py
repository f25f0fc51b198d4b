"""claims.csv: every fault at once with its row, and the same claims back after writing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding.claims import read_claims, write_claims
from evalkit.coding.model import Case, Claim, Segment, Source
from evalkit.errors import CodingError, ProjectError

SOURCES = (
    Source("s1", "The visits helped, “a lot”. The visits came late."),
    Source("s2", "Nothing changed at school."),
)
HEAD = "source,quote,cause,effect"


def read(tmp_path, text, cases=()):
    path = tmp_path / "claims.csv"
    path.write_text(text, encoding="utf-8")
    return read_claims(path, SOURCES, cases)


def test_each_row_becomes_a_claim_with_its_place(tmp_path):
    text = (
        HEAD + ",sign,mechanism,context,case,stance,prompted,first_hand,coder,on,id,occurrence\n"
        's1,"visits helped, “a lot”",visits,reading,less,trust,at home,p1,Staff,leading,no,ann,'
        "2026-05-04,c7,\n"
        "s1,The visits,visits,late start,,,,,,,,,,,2\n"
    )
    first, second = read(tmp_path, text)
    assert first == Claim(
        segment=Segment("s1", 4, 26, "visits helped, “a lot”"),
        cause="visits",
        effect="reading",
        sign="-",
        mechanism="trust",
        context="at home",
        case="p1",
        stance="staff",
        prompted="leading",
        first_hand=False,
        coder="ann",
        on="2026-05-04",
        id="c7",
    )
    assert (second.sign, second.prompted, second.first_hand) == ("+", "", None)
    assert second.segment.start == 28
    assert second.id == "claim:s1:28-38:visits -> late start:"


@pytest.mark.parametrize(
    ("cell", "sign"),
    [
        ("", "+"),
        ("+", "+"),
        ("More", "+"),
        ("-", "-"),
        ("\u2212", "-"),
        ("none", "none"),
        ("Blocked", "blocked"),
    ],
)
def test_signs_may_be_words_as_spreadsheets_take_a_lone_sign_for_a_formula(tmp_path, cell, sign):
    (claim,) = read(tmp_path, f"{HEAD},sign\ns2,Nothing changed,a,b,{cell}\n")
    assert claim.sign == sign


def test_every_fault_is_told_at_once_with_its_row(tmp_path):
    text = (
        HEAD
        + ",sign,prompted,first_hand,case,stance,occurrence,id,colour\n"
        + (
            "s1,The visits,a,b,,,,,,,,\n"
            "s3,x,a,b,,,,,,,,\n"
            "s2,The visits helped,,b,plus+,maybe,perhaps,p9,parent,0,,\n"
            "s2,Nothing changed,a,a,,,,,,,,\n"
            "s2,Nothing changed,a,b,,,,,,,k,\n"
            "s2,Nothing changed,a,b,,,,,,,k,\n"
            "s2,not there at all,a,b,,,,,,,,\n"
            ",x,a,b,,,,,,,,\n"
        )
    )
    with pytest.raises(ProjectError) as caught:
        read(tmp_path, text, (Case("p1"),))
    found = [(fault.line, fault.wrong) for fault in caught.value.faults]
    assert found == [
        (1, "`colour` is not a column that is known here."),
        (2, "“The visits” stands 2 times in source `s1`."),
        (3, "`s3` is not a source."),
        (4, "The row has no `cause`."),
        (4, "`first_hand` cannot be `perhaps`."),
        (4, "`occurrence` cannot be `0`."),
        (4, "`p9` is not a case."),
        (4, "`prompted` cannot be `maybe`."),
        (4, "`sign` cannot be `plus+`."),
        (4, "`stance` cannot be `parent`."),
        (4, "“The visits helped” does not stand in source `s2`."),
        (5, "`a` leads to itself here."),
        (7, "The id `k` stands on line 6 already."),
        (7, "The same claim stands on line 6 already."),
        (8, "“not there at all” does not stand in source `s2`."),
        (9, "The row has no `source`."),
    ]
    assert any("It stands in source `s1`" in fault.do for fault in caught.value.faults)


def test_there_must_be_a_file(tmp_path):
    with pytest.raises(ProjectError, match="There is no file"):
        read_claims(tmp_path / "none.csv", SOURCES)


def test_a_claim_whose_source_is_missing_or_changed_is_not_written(tmp_path):
    claim = Claim(Segment("s9", 0, 1, "x"), "a", "b")
    with pytest.raises(CodingError, match="`s9`"):
        write_claims(tmp_path / "claims.csv", [claim], SOURCES)
    moved = Claim(Segment("s1", 0, 1, "x"), "a", "b")
    with pytest.raises(CodingError, match="no longer"):
        write_claims(tmp_path / "claims.csv", [moved], SOURCES)


CELL = (
    st.text(st.sampled_from("ab ,\"';\n=+é\u2019"), min_size=1, max_size=8)
    .map(str.strip)
    .filter(bool)
)


@given(data=st.data())
def test_what_is_written_is_read_back(data, tmp_path_factory):
    claims = []
    for number in range(data.draw(st.integers(1, 5))):
        source = data.draw(st.sampled_from(SOURCES))
        start = data.draw(st.integers(0, len(source.text) - 1))
        end = data.draw(st.integers(start + 1, len(source.text)))
        quote = source.text[start:end]
        if not quote.strip():
            continue
        claims.append(
            Claim(
                segment=Segment(source.id, start, end, quote),
                cause=data.draw(CELL),
                effect="an effect",
                sign=data.draw(st.sampled_from(["+", "-", "none", "blocked"])),
                mechanism=data.draw(CELL),
                prompted=data.draw(st.sampled_from(["no", "yes", "leading", ""])),
                first_hand=data.draw(st.sampled_from([True, False, None])),
                coder=f"coder {number}",
                id=f"c{number}",
            )
        )
    path = tmp_path_factory.mktemp("claims") / "claims.csv"
    write_claims(path, claims, SOURCES)
    assert read_claims(path, SOURCES) == tuple(claims)
