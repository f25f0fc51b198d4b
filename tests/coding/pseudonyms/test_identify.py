"""Identifiers: all of them found, and hardly anything else."""

from __future__ import annotations

from collections import Counter

import pytest
from transcripts import transcript

from evalkit.coding.pseudonyms import find_identifiers
from evalkit.errors import CodingError


def found(text, **options):
    return [(one.kind, one.words) for one in find_identifiers(text, **options)]


@pytest.fixture(scope="module")
def simulated():
    """Simulated transcripts, about 60,000 words, and what is found in each."""
    talks = [transcript(seed) for seed in range(1000, 1030)]
    return [(talk, find_identifiers(talk.text)) for talk in talks]


def test_at_least_99_in_100_identifiers_of_each_kind_are_found_in_simulated_talk(simulated):
    there, seen = Counter(), Counter()
    for talk, hits in simulated:
        for kind, start, end in talk.truth:
            there[kind] += 1
            seen[kind] += any(one.start <= start and end <= one.end for one in hits)
    assert min(there.values()) > 100
    assert {kind: seen[kind] / there[kind] >= 0.99 for kind in there} == dict.fromkeys(there, True)


def test_at_most_one_false_hit_in_1000_words_of_simulated_talk(simulated):
    words = sum(len(talk.text.split()) for talk, _ in simulated)
    false = sum(
        not any(start < one.end and one.start < end for _, start, end in talk.truth)
        for talk, hits in simulated
        for one in hits
    )
    assert words > 50_000
    assert false <= words / 1000


def test_the_kind_is_the_right_one(simulated):
    for talk, hits in simulated:
        kinds = {(one.start, one.end): one.kind for one in hits}
        for kind, start, end in talk.truth:
            assert kinds.get((start, end), kind) == kind


USUAL = {
    "phone": """
        07700 900123
        +44 7700 900 123
        (020) 7946 0958
        01632-960123
        0113.496.0123
        +44(0)20 7946 0958
        0044 (0)20 7946 0958
        +1 (555) 010-9999
        +33 6 12 34 56 78
        0 7 7 0 0 9 0 0 1 2 3
        Tel.02079460958
        call me on 7700900123
    """,
    "NINO": """
        AB123456C
        ab 12 34 56 c
        QQ 12 34 56 C
        National insurance number AB 12 34 56
    """,
    "NHS number": """
        943 476 5919
        9434765919
        NHS no 943-476-5919
    """,
    "UPN": """
        H801200001001
        h801200001001
        the UPN (H801200001001)
    """,
    "postcode": """
        SW1A 1AA
        sw1a1aa
        M1 1AE
        GIR 0AA
        CR2 6XH
        bt7 1rd
    """,
    "email": """
        a.b@c.co.uk
        anna dot smith at gmail dot com
        anna [at] example.org
        o'neil@x.org
        anna(at)example(dot)org
    """,
    "date of birth": """
        dob 12/3/09
        born 12th March 2009
        D.O.B 12-03-2009
        born on the 12th of March, 2009
        date of birth was the third of March 1984
        born on 3rd March
        12/03/2009 (DOB)
        When were you born? Er, well. 3 March 1984
        3 March 1984 is when I was born
        Date of Birth 2009/03/12
        DOB12/03/2009
        She was born, in Leeds, on 12 Mar 84
    """,
    "URN": """
        URN 123456
        URN: 123456
        URN123456
        our school's urn is 123456
        123456 is our URN
        What's the URN? It's 123456
        EY123456
        Unique Reference Number (URN): 123456
    """,
    "LAESTAB": """
        LAESTAB 801/2000
        LAESTAB: 8012000
        DfE number 801-2000
        LA Estab 801 2000
        801/2000
        8012000 is our LAESTAB
        DfE no. 8012000
        establishment number 8012000
    """,
    "street": """
        12 High Street
        Flat 2, 14 Acacia Avenue
        221B Baker Street
        5 The Crescent
        Mill Lane
        10 Downing St
        7 St. John's Wood Road
        3 Queen\u2019s Gate Mews
        lives in Beech Close
        we live at 12 high street
        12-14 Church Rd.
        On Elm Road we met
        address: 3 elm close
    """,
}


@pytest.mark.parametrize("kind", USUAL)
def test_usual_ways_of_writing_are_known(kind):
    texts = [line.strip() for line in USUAL[kind].strip().splitlines()]
    assert {text: [one for one, _ in found(text)] for text in texts} == {
        text: [kind] for text in texts
    }


@pytest.mark.parametrize(
    "text",
    [
        "the road was closed, and our street too",
        "High Court; Crown Court said; No Way; Some Place; the Park",
        "1,000,000 and 0.1234567890 and 01 02 03 04 05 06",
        "at 10.30 on 12/03/2021 we met",
        "We met on 3 May 2021. She was born later.",
        "He was born in Leeds. We started on 3 May 2021.",
        "A801200001001 has the wrong letter",
        "BG123456A was never given out",
        "1234567890 and 943 476 5918 fail their checks",
        "Block E3 2nd floor at 2pm",
        "invoice 123456 and order number 4011223344",
        "301 2020, 8012000 and 123456 by themselves",
        "ISBN 978-0-306-40615-7, version 10.0.19041, 00:01:02.000",
        "the tea urn broke",
        "20 Place settings, 5 Square meals, 1 Park and ride",
        "look at dot com shares",
        "Busy road, though.",
    ],
)
def test_what_only_looks_like_one_is_left(text):
    assert found(text) == []


def test_a_column_says_what_its_cells_are():
    assert found("12/03/2009") == []
    assert found("12/03/2009", before="date of birth: ") == [("date of birth", "12/03/2009")]
    assert found("123456", before="URN: ") == [("URN", "123456")]


def test_only_the_kinds_asked_for_are_found():
    text = "07700 900123, SW1A 1AA"
    assert found(text, kinds=["postcode"]) == [("postcode", "SW1A 1AA")]
    with pytest.raises(CodingError, match="Did you mean `postcode`"):
        find_identifiers(text, ["postcodes"])
