"""Adaptations, as the log has them and as people judge them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.data.table import Table
from evalkit.synthesis.adaptation import FITS, adaptations, count_adaptations
from evalkit.synthesis.delivery import delivered
from evalkit.synthesis.found import Judgement

PLAN = {"fidelity": {"table": "log", "column": "score", "target": 0.8}}


def read(frame, id, **roles):
    cells = pd.DataFrame(columns=["line", "column", "symbol", "reason", "low", "high"])
    return Table(id, frame, np.arange(len(frame)) + 2, cells, **roles)


CHANGES = {
    "changes": read(
        pd.DataFrame(
            {
                "what": ["shorter groups", "no coaching", "own stories"],
                "school": ["n", "s", "s"],
                "kind": ["fits the theory", "", "unsure"],
            }
        ),
        "changes",
        unit="school",
    )
}
LOGS = {"adaptation": {"table": "changes", "kinds": list(FITS)}, **PLAN}


def judged(at, level, by="Ada"):
    of = f"adaptation {at} of changes"
    return Judgement(of, "adaptation", level, "because", by, "2026-05-04")


def test_adaptations_are_read_with_what_the_log_says_of_them():
    first, second, third = adaptations(LOGS, CHANGES)
    assert (first.what, first.site, first.judged) == ("shorter groups", "n", "fits the theory")
    assert (second.logged, second.judged, third.judged) == ("", "not judged", "unsure")
    assert [one.id for one in delivered(LOGS, CHANGES)] == ["fidelity"]


def test_a_person_s_judgement_stands_beside_the_log_and_a_difference_is_said():
    first, second, _ = adaptations(LOGS, CHANGES, [judged(1, "against the theory")])
    assert (first.judged, first.logged, first.differs) == (
        *("against the theory", "fits the theory"),
        True,
    )
    assert not second.differs


def test_people_who_differ_make_it_unsure():
    both = [judged(2, "fits the theory"), judged(2, "against the theory", "Bo")]
    _, second, _ = adaptations(LOGS, CHANGES, both)
    assert (second.judged, second.by, second.differs) == ("unsure", ("Ada", "Bo"), True)


def test_adaptations_are_counted_by_judgement():
    counts = count_adaptations(adaptations(LOGS, CHANGES))
    assert counts == {"fits the theory": 1, "against the theory": 0, "unsure": 1, "not judged": 1}


def test_a_log_that_was_not_read_has_no_adaptations():
    assert adaptations(LOGS, {}) == ()
