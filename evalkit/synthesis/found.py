"""``findings.yaml``: what people found and judged, kept apart from the plan and never locked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from evalkit.errors import Fault, nearest
from evalkit.files.record import CONFIG, read_record
from evalkit.files.yaml import Yaml, read_yaml
from evalkit.protocol.shapes import Some

Outcome = Literal["yes", "no", "partly", "not looked"]

_DAY = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?\Z")


def _one_day(text: str) -> str:
    if not _DAY.match(text):
        msg = f"`{text}` is not a day.|Write it as year-month-day, like `2026-05-04`."
        raise ValueError(msg)
    return text


def _somebody(text: str) -> str:
    if not text.strip():
        msg = "Nobody is named here.|Write who found or said it: a name or a role."
        raise ValueError(msg)
    return text


Day = Annotated[str, AfterValidator(_one_day)]
Who = Annotated[str, AfterValidator(_somebody)]


@dataclass(frozen=True, slots=True)
class TestFound:
    """What was found for one process test of the plan.

    Attributes
    ----------
    id : str
        Id of the test in ``protocol.yaml``.
    found : {"yes", "no", "partly", "not looked"}
        Whether the sign was there.
    by, on : str
        Who says so, and when.
    evidence : tuple of str
        Where it can be seen: ``source:start-end``, a file, a document.
    because : str
        The reason for the answer, in words.
    line : int
        Its line in ``findings.yaml``.
    """

    id: str
    found: Outcome
    by: str
    on: str
    evidence: tuple[str, ...] = ()
    because: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judgement of confidence or rating: of what, on which scheme, at which level, and why."""

    of: str
    scheme: str
    level: str
    because: str
    by: str
    on: str
    component: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What a partner says to a finding or a verdict (key ``from`` is `who`)."""

    who: str
    to: str
    says: str
    on: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """Everything in ``findings.yaml``; empty when there is no such file."""

    tests: Mapping[str, TestFound] = field(default_factory=dict)
    judgements: tuple[Judgement, ...] = ()
    replies: tuple[Reply, ...] = ()
    file: str = "findings.yaml"


@dataclass(frozen=True, slots=True)
class TestFoundShape:
    """One entry of ``tests``."""

    __pydantic_config__ = CONFIG
    found: Outcome
    by: Who
    on: Day
    evidence: Some = ()
    because: str = ""


@dataclass(frozen=True, slots=True)
class JudgementShape:
    """One entry of ``judgements``."""

    __pydantic_config__ = CONFIG
    of: str
    scheme: str
    level: str
    because: str
    by: Who
    on: Day
    component: str = ""


@dataclass(frozen=True, slots=True)
class ReplyShape:
    """One entry of ``replies``."""

    __pydantic_config__ = CONFIG
    from_: Annotated[Who, Field(alias="from")]
    to: str
    says: str
    on: Day


@dataclass(frozen=True, slots=True)
class FoundShape:
    """The whole of ``findings.yaml``."""

    __pydantic_config__ = CONFIG
    format: Literal["evalkit/1"] = "evalkit/1"
    tests: dict[str, TestFoundShape] = field(default_factory=dict)
    judgements: tuple[JudgementShape, ...] = ()
    replies: tuple[ReplyShape, ...] = ()


def read_found(path: Path, *, file: str = "findings.yaml") -> Found:
    """Read what people found; a file that is not there is nothing found yet.

    Raises
    ------
    ProjectError
        Every key and value that does not fit, and every entry without who or when, with its line.
    """
    if not path.exists():
        return Found(file=file)
    yaml = read_yaml(path, file=file)
    shape = read_record(yaml, FoundShape)
    return Found(
        tests={id: _test(id, it, yaml) for id, it in shape.tests.items()},
        judgements=tuple(_judgement(at, it, yaml) for at, it in enumerate(shape.judgements)),
        replies=tuple(
            Reply(it.from_, it.to, it.says, it.on, yaml.line("replies", at))
            for at, it in enumerate(shape.replies)
        ),
        file=file,
    )


def _test(id: str, it: TestFoundShape, yaml: Yaml) -> TestFound:
    return TestFound(id, it.found, it.by, it.on, it.evidence, it.because, yaml.line("tests", id))


def _judgement(at: int, it: JudgementShape, yaml: Yaml) -> Judgement:
    line = yaml.line("judgements", at)
    return Judgement(it.of, it.scheme, it.level, it.because, it.by, it.on, it.component, line)


def check_found(found: Found, planned: Iterable[str]) -> list[Fault]:
    """Return faults of findings whose test is not in the plan, and advice on bare answers.

    Parameters
    ----------
    found : Found
        As read.
    planned : iterable of str
        Ids of the tests of the plan.
    """
    known, faults = tuple(planned), []
    for id, test in found.tests.items():
        if id not in known:
            wrong = f"The plan has no test `{id}`."
            do = nearest(id, known).strip() or "Add it to `tests:` in protocol.yaml."
            faults.append(Fault(found.file, test.line, wrong, do, heading="testable"))
        elif test.found in ("yes", "no", "partly") and not test.evidence:
            wrong = f"The test `{id}` was answered without evidence."
            do = "Name under `evidence:` where it can be seen."
            faults.append(Fault(found.file, test.line, wrong, do, "advice", "testable"))
    return faults
