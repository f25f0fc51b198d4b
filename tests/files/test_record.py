"""Files checked against frozen dataclasses: every fault at once, in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field

from evalkit.errors import ProjectError
from evalkit.files.record import (
    CONFIG,
    check_record,
    json_schema,
    known_keys,
    read_record,
    salvage_record,
)
from evalkit.files.yaml import Yaml, read_yaml


@dataclass(frozen=True)
class Link:
    __pydantic_config__ = CONFIG
    from_: Annotated[str | tuple[str, ...], Field(alias="from")]
    to: str
    belief: Literal["unlikely", "likely"] | None = None
    loop: bool = False
    order: Annotated[int, Field(ge=0)] = 0


@dataclass(frozen=True)
class Box:
    __pydantic_config__ = CONFIG
    words: str
    measure: str | tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    __pydantic_config__ = CONFIG
    format: Literal["evalkit/1"]
    links: tuple[str | Link, ...] = ()
    boxes: dict[str, str | Box] = field(default_factory=dict)
    found: Literal["yes", "no", "partly"] = "no"
    share: float = 0.0


def plan(tmp_path, text):
    path = tmp_path / "plan.yaml"
    path.write_text("format: evalkit/1\n" + text)
    return read_yaml(path)


def faults(tmp_path, text):
    record, found = check_record(plan(tmp_path, text), Plan)
    assert record is None
    return [(fault.line, f"{fault.wrong} {fault.do}") for fault in found]


def test_a_file_that_fits_becomes_the_record(tmp_path):
    text = "links: [a -> b, {from: [a, 1.10], to: no, loop: no}]\nboxes: {a: Hello}\nfound: no\n"
    record = read_record(plan(tmp_path, text), Plan)
    assert record.links == ("a -> b", Link(("a", "1.10"), "no"))
    assert record.found == "no"


ONE_FAULT = [
    ("linkz: []\n", 2, "`linkz` is not a key that is known here. Did you mean `links`?"),
    ("boxes:\n  a:\n    words: x\n    mesure: y\n", 5, "Did you mean `measure`?"),
    ("links:\n  - {from: a,\n     to: b, becuase: c}\n", 4, "`becuase` is not a key"),
    ("links:\n  - {from: a, to: b, belief: likly}\n", 3, "Did you mean `likely`?"),
    (
        "links:\n  - a -> b\n  - {from: a}\n",
        4,
        "`to` of `links, item 2` is missing. Add `to: ...`.",
    ),
    ("links:\n  - {from: a, to: b, loop: maybe}\n", 3, "must be `true` or `false`, and is `maybe`"),
    ("links:\n  - {from: a, to: b, order: 1.5}\n", 3, "must be a whole number, and is `1.5`"),
    ("links:\n  - {from: a, to: b, order: -1}\n", 3, "must be 0 or more"),
    ("links:\n  - [a, b]\n", 3, "must be words or keys with values, and is a list"),
    ("links:\n  - {from: [a, {x: 1}], to: b}\n", 3, "must be words, and is keys with values"),
    ("links: a -> b\n", 2, "must be a list, and is `a -> b`"),
    ("boxes:\n  a:\n", 3, "nothing stands there. Write it after `a:`."),
    ("found: true\n", 2, "`found` cannot be `true`. One of: yes, no, partly."),
    ("found:\n", 2, "`found` has nothing after it."),
    ("share: half\n", 2, "`share` must be a number, and is `half`"),
]


@pytest.mark.parametrize(("text", "line", "part"), ONE_FAULT)
def test_each_fault_has_its_line_and_says_what_to_do(tmp_path, text, line, part):
    ((at, message),) = faults(tmp_path, text)
    assert at == line
    assert part in message


def test_a_missing_key_at_the_top_is_named(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text("found: no\n")
    _, (fault,) = check_record(read_yaml(path), Plan)
    assert fault.wrong == "The key `format` is missing."


def test_the_one_value_a_key_may_have_is_told(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text("format: evalkit/2\n")
    _, (fault,) = check_record(read_yaml(path), Plan)
    assert fault.do == "Write `format: evalkit/1`."


def test_every_fault_is_told_at_once(tmp_path):
    text = "links:\n  - {from: a, too: b}\nboxes: {a: [1]}\nfound: perhaps\n"
    assert [line for line, _ in faults(tmp_path, text)] == [3, 3, 4, 5]


def test_reading_raises_all_faults(tmp_path):
    with pytest.raises(ProjectError) as caught:
        read_record(plan(tmp_path, "found: perhaps\nshare: half\n"), Plan)
    assert len(caught.value.faults) == 2


def test_what_fits_can_be_saved_and_keeps_its_lines(tmp_path):
    text = "links:\n  - [x]\n  - {from: a}\n  - c -> d\n  - {from: e, to: f, oops: 1}\n"
    record, kept, found = salvage_record(plan(tmp_path, text), Plan)
    assert record.links == ("c -> d", Link("e", "f"))
    assert [kept.line("links", at) for at in (0, 1)] == [5, 6]
    assert [fault.line for fault in found] == [3, 4, 6]


def test_nothing_is_lost_in_salvage_when_all_fits(tmp_path):
    yaml = plan(tmp_path, "links: [a -> b]\n")
    record, kept, found = salvage_record(yaml, Plan)
    assert (record, kept, found) == (read_record(yaml, Plan), yaml, [])


def test_known_keys_are_found_inside_forms_and_containers():
    assert known_keys(Plan, ("links", 3)) == {"from", "to", "belief", "loop", "order"}
    assert known_keys(Plan, ("boxes", "any")) == {"words", "measure"}


def test_the_schema_has_the_keys_as_they_stand_in_files():
    schema = json_schema(Plan, "A plan")
    assert schema["title"] == "A plan"
    assert set(schema["$defs"]["Link"]["properties"]) == {"from", "to", "belief", "loop", "order"}
    assert schema["$defs"]["Link"]["additionalProperties"] is False


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.sampled_from("abno"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["from", "to", "words", "loop", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)
KEYS = st.sampled_from(["format", "links", "boxes", "found", "share", "other"])


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150
)
@given(st.dictionaries(KEYS, VALUES))
def test_any_values_give_a_record_or_faults_and_never_both(values):
    record, found = check_record(Yaml("plan.yaml", values), Plan)
    assert (record is None) == bool(found)
    saved, _, again = salvage_record(Yaml("plan.yaml", values), Plan)
    assert again == found
    assert saved == record or record is None
