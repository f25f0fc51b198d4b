"""From a planned configurational analysis to its record."""

import numpy as np
import pandas as pd
import pytest

from evalkit.coding.model import Code, Codebook, Coding, Segment, Source
from evalkit.data.table import Table
from evalkit.errors import DataError
from evalkit.protocol.model import Calibration, Combination, Outcome, Protocol, Spoken
from evalkit.synthesis.configurations import minimise, truth_table
from evalkit.synthesis.configurations.planned import case_sets, configuration

FRAME = pd.DataFrame(
    {
        "school": ["a", "b", "c", "d", "e", "f"],
        "lead": [1, 1, 1, 0, 0, None],
        "hours": [40, 35, 10, 30, 5, 20],
        "lasting": [1, 1, 0, 0, 0, 1],
    }
)
PLAN = Combination(
    id="q4",
    question="q4",
    table="schools",
    outcome="kept_on",
    conditions=("lead", "hours"),
    calibration={"hours": Calibration((20.0,), "crisp", because="half the plan")},
    expect={"lead": "present"},
)
PROTOCOL = Protocol(outcomes={"kept_on": Outcome("kept_on", "schools", "lasting", "Kept on")})


def tables(frame=FRAME):
    lines = np.arange(2, len(frame) + 2)
    return {"schools": Table("schools", frame, lines, pd.DataFrame(), unit="school")}


def sets(plan=PLAN, frame=FRAME, **texts):
    return case_sets(plan, PROTOCOL, tables(frame), **texts)


def test_columns_are_calibrated_and_said_how():
    made = sets()
    assert made.frame["hours"].tolist() == [1, 1, 0, 1, 0, 1]
    assert made.outcome == "lasting"
    assert made.made["made"].tolist() == [
        "as it stands in the table",
        "crisp, anchors 20 (exact); half the plan",
        "as it stands in the table",
    ]
    assert made.left_out.to_dict("records") == [{"case": "f", "missing": "lead"}]


def test_the_record_holds_what_truth_table_and_minimise_say():
    made = sets()
    found = configuration(PLAN, made, seed=1)
    table = truth_table(made.frame.dropna(), "lasting", ["lead", "hours"], case="school")
    model = minimise(table).models[0]
    conservative = found.table["solutions"].query("solution == 'conservative'")
    assert conservative["expression"].tolist() == [model.expression] == ["lead*hours"]
    assert conservative["coverage"].tolist() == [1.0]
    assert conservative["cases"].tolist() == ["a, b"]
    assert set(found.table["negated"]["solution"]) == set(found.models)
    assert found.n_cases == 5
    assert found.chance == configuration(PLAN, made, seed=1).chance


def test_a_condition_spoken_of_is_missing_where_nobody_mentioned_it():
    plan = Combination(
        "q", "q", "schools", "lasting", ("trust", "hours"),
        {"hours": Calibration((20.0,), "crisp")},
        {"trust": Spoken(("trusted",), ("distrusted",))},
    )  # fmt: skip
    sources = [
        Source(f"s{k}", "They trust us. They did not.", attributes={"school": name})
        for k, name in enumerate("abcde")
    ]
    yes, no = Segment("", 0, 14, "They trust us."), Segment("", 15, 28, "They did not.")

    def coding(k, segment, code):
        return Coding(Segment(f"s{k}", segment.start, segment.end, segment.quote), code, "ann")

    codings = [coding(0, yes, "trusted"), coding(1, yes, "trusted"), coding(2, no, "distrusted")]
    codings += [coding(3, yes, "trusted"), coding(3, no, "distrusted")]
    book = Codebook((Code("trusted", "Trust"), Code("distrusted", "No trust")))
    made = sets(plan, sources=sources, codings=codings, codebook=book)
    assert made.frame["trust"].tolist()[:4] == [1.0, 1.0, 0.0, 0.5]
    assert made.frame["trust"].isna().tolist() == [False] * 4 + [True, True]
    assert made.evidence["trust"] == tuple(one.id for one in codings)
    assert made.made["made"][0] == "from codes, present: trusted; absent: distrusted"


@pytest.mark.parametrize(
    ("change", "frame", "wrong"),
    [
        ({"table": "school"}, FRAME, "table `school`.*Did you mean `schools`"),
        ({"conditions": ("leed",)}, FRAME, "leed"),
        ({}, pd.concat([FRAME, FRAME]), "`a` has several rows"),
        ({"spoken": {"lead": Spoken(("gone",))}}, FRAME, "no code `gone`"),
    ],
)
def test_what_cannot_be_compared_is_refused(change, frame, wrong):
    plan = Combination(**{**{f: getattr(PLAN, f) for f in PLAN.__slots__}, **change})
    with pytest.raises(DataError, match=wrong) as caught:
        sets(plan, frame)
    assert caught.value.do
