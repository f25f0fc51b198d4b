"""A small sound project in words, and ways to spoil it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.files.yaml import read_yaml
from evalkit.protocol.about_read import read_about
from evalkit.protocol.checks import check_protocol
from evalkit.protocol.read import protocol_of
from evalkit.theory.read import read_theory

EVALUATION = """\
format: evalkit/1
title: Clubs
status: draft
agreements:
  - {what: data agreement, between: [a, b], state: waiting, holds_up: [data/late.csv]}
money:
  - {what: Coach, amount: 100}
"""

THEORY = """\
format: evalkit/1
purpose: Children do well
activities:
  coaching: Coach works with staff
early_outcomes:
  know: {words: Staff know, measure: knowledge}
outcomes:
  skills: {words: Children have skills, measure: score}
links:
  - coaching -> know
  - know -> skills
other_explanations:
  - {id: intake, words: Intake changed}
"""

PROTOCOL = """\
format: evalkit/1
tables:
  pupils: {file: data/pupils.csv, unit: pupil, time: year}
outcomes:
  score: {table: pupils, column: score, smallest_change_that_matters: 2 points, main: true}
  knowledge: {table: pupils, column: staff, smallest_change_that_matters: 0.2 SD}
harms_to_watch: [lost lessons]
questions:
  q1: {ask: Did it work?, kind: impact, links: [coaching -> know, know -> skills]}
analyses:
  main:
    question: q1
    design: difference_in_differences
    outcome: score
    treated: club
    start: 2020
    covariates: [age]
"""

CODEBOOK = """\
format: evalkit/1
codes:
  helps: {words: It helps, says: for, links: [know -> skills]}
"""

DATA = "pupil,year,score,staff,club,age\n1,2019,5,1,0,7\n2,2020,6,2,1,8\n"
DESIGNS = {
    "difference_in_differences": frozenset(
        {"unit", "time", "treated", "start", "post", "covariates", "cluster", "by"}
    )
}


@pytest.fixture
def project(tmp_path):
    """A project folder without a fault."""
    folder = tmp_path / "clubs"
    (folder / "data").mkdir(parents=True)
    for name, text in {
        "evaluation.yaml": EVALUATION,
        "theory.yaml": THEORY,
        "protocol.yaml": PROTOCOL,
        "codebook.yaml": CODEBOOK,
        "data/pupils.csv": DATA,
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def spoil(project):
    """Replace words in a file of the project, or add to its end."""

    def change(old: str, new: str, file: str = "protocol.yaml") -> Path:
        path = project / file
        text = path.read_text(encoding="utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return change


@pytest.fixture
def checked(project):
    """Check the project as it stands now."""

    def check(**more):
        yaml = read_yaml(project / "protocol.yaml")
        return check_protocol(
            protocol_of(yaml),
            read_theory(project / "theory.yaml"),
            read_about(project / "evaluation.yaml"),
            designs=more.pop("designs", DESIGNS),
            exists=lambda name: (project / name).exists(),
            columns_of=lambda table: tuple(
                (project / table.file).read_text(encoding="utf-8").splitlines()[0].split(",")
            ),
            line_of=more.pop("line_of", yaml.line),
            **more,
        )

    return check


@pytest.fixture
def only(checked):
    """Check the project and return the one fault or piece of advice there is."""

    def one(level: str = "fault", **more):
        found = [fault for fault in checked(**more) if fault.level == level]
        assert len(found) == 1, [str(fault) for fault in found]
        return found[0]

    return one
