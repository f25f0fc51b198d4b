"""Reading theory.yaml: every key, every fault at once, each with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.errors import ProjectError
from evalkit.theory.model import Prior, Rival, Setting, Shaper, Theory
from evalkit.theory.read import read_theory


def line_of(text, part):
    return text[: text.index(part)].count("\n") + 1


def faults_of(read, text):
    with pytest.raises(ProjectError) as caught:
        read(text)
    return caught.value.faults


def test_every_key_of_the_file_arrives(sound, sound_text):
    link = sound.link("coaching -> know")
    assert (link.because, link.assumes, link.context) == (
        "staff see it tried",
        ("time is kept",),
        "small schools",
    )
    assert (link.expect, link.belief, link.line) == (
        "within two terms",
        "likely",
        line_of(sound_text, "- from: coaching"),
    )
    assert link.if_true_we_see == ("staff name a strategy",)
    assert link.prior == (Prior("for", "a trial found so", "Lee 2010", "other country"),)
    assert sound.node("skills").measure == ("score", "gap")
    assert sound.works_when == (
        Setting(
            "few staff", "hand over", "spread", holds=False, line=line_of(sound_text, "- {in: few")
        ),
    )
    assert sound.rivals == (
        Rival(
            "growth",
            "Children grow",
            "compare classes",
            ("know -> skills",),
            line_of(sound_text, "- {id: growth"),
        ),
    )
    assert sound.shaped_by[0] == Shaper(
        "parents",
        "2023-06",
        ("skills",),
        ("coaching -> know",),
        line_of(sound_text, "- {who: parents"),
    )
    assert sound.changes[0].agreed_by == ("schools",)
    assert (sound.version, sound.agreed_by, sound.file) == (2, ("charity",), "theory.yaml")


def test_a_link_with_several_ends_becomes_several_links(sound):
    assert [link.id for link in sound.links] == [
        "lead -> coaching",
        "lead -> meetings",
        "coaching -> meetings",
        "coaching -> know",
        "meetings -> spread",
        "know -> skills",
        "spread -> skills",
        "spread -> coaching",
    ]
    assert sound.link("spread -> coaching").loop
    assert sound.link("spread -> coaching").prior_unknown


def test_the_class_reads_a_path_given_as_text(tmp_path, sound_text):
    (tmp_path / "t.yaml").write_text(sound_text)
    assert Theory.read(str(tmp_path / "t.yaml")).purpose == "Children do well"


ONE_FAULT = [
    ("  - lead -> coaching", "  - leed -> coaching", "- leed", "Did you mean `lead`?"),
    ("  - lead -> coaching", "  - lead coaching", "- lead coaching", "is not a link"),
    (
        "  - lead -> coaching",
        "  - lead -> coaching -> know",
        "- lead -> coaching ->",
        "more than one arrow",
    ),
    ("  - lead -> coaching", "  - lead -> lead", "- lead -> lead", "from a box to itself"),
    (
        "  - meetings -> spread",
        "  - lead -> meetings",
        "- lead -> meetings",
        "stands twice (first on line 16)",
    ),
    (
        ", loop: true",
        "",
        "- {from: spread",
        "go round in a circle: coaching -> meetings -> spread -> coaching",
    ),
    ("so: not spread", "so: not spred", "- {in: few", "Did you mean `spread`?"),
    (
        "links: [know -> skills]}",
        "links: [know -> skill]}",
        "- {id: growth",
        "Did you mean `know -> skills`?",
    ),
    (
        "put_forward: meetings",
        "put_forward: meeting",
        "- {who: schools",
        "Did you mean `meetings`?",
    ),
    (
        "  spread: Practice",
        "  lead: Practice",
        "  lead: Practice",
        "stands twice, first under `inputs` (line 5)",
    ),
    ("  lead: A lead", "  the lead: A lead", "the lead:", "cannot be the short name"),
    ("prior: not known", "prior: unknown", "- {from: spread", "`prior` cannot be `unknown`"),
    ("format: evalkit/1\n", "", "version", "Add `format: evalkit/1`."),
    ("outcomes:\n  skills", "outcome:\n  skills", "outcome:", "Did you mean `outcomes`?"),
]


@pytest.mark.parametrize(("right", "wrong", "mark", "part"), ONE_FAULT)
def test_each_fault_has_its_line_and_a_remedy(read, sound_text, right, wrong, mark, part):
    assert right in sound_text
    text = sound_text.replace(right, wrong, 1)
    found, line = faults_of(read, text), line_of(text, mark)
    assert any(fault.line == line and part in f"{fault.wrong} {fault.do}" for fault in found), found


def test_faults_of_form_and_of_meaning_are_told_together(read, sound_text):
    text = sound_text.replace("belief: likely", "belief: likly").replace(
        "- meetings -> spread", "- x -> spread"
    )
    found = [str(fault) for fault in faults_of(read, text)]
    assert any("`belief` cannot be `likly`" in each for each in found)
    assert any("names `x`" in each for each in found)


def test_a_box_that_could_not_be_read_is_not_also_called_unknown(read, sound_text):
    text = sound_text.replace("  lead: A lead in each school", "  lead: [1, 2]")
    (fault,) = faults_of(read, text)
    assert "`inputs, lead` must be words" in fault.wrong


def test_one_link_and_nothing_else_is_a_theory(read):
    theory = read("format: evalkit/1\nactivities: {a: Do}\noutcomes: {b: Gain}\nlinks: [a → b]\n")
    assert [link.id for link in theory.links] == ["a -> b"]


DAMAGE = ["", "x", ":", "[", "- ", "\n", "}", "&a *a", "\t", "'"]


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60
)
@given(place=st.floats(0, 1), put=st.sampled_from(DAMAGE))
def test_a_damaged_file_gives_faults_and_no_crash(tmp_path: Path, sound_text, place, put):
    at = int(place * len(sound_text))
    path = tmp_path / "theory.yaml"
    path.write_text(sound_text[:at] + put + sound_text[at + len(put) :])
    try:
        theory = read_theory(path)
    except ProjectError:
        return
    assert isinstance(theory, Theory)


def test_the_worked_examples_have_no_fault(example):
    assert example.links
