"""From the record to the tree of blocks: title, banners, sections."""

from __future__ import annotations

from evalkit.evaluation.model import Evaluation
from evalkit.report.document import Callout, FromFile, Part, Parts, Report, joined
from evalkit.report.sections import STANDARD

_STATUS: dict[str, str] = {
    "illustration": "This is an illustration. It shows what a report looks like; it is not evidence.",
    "draft": "This is a draft. It has not been agreed by those it is about.",
}
_SIMULATED = "simulated"
_MOST_PARTNERS = 4


def report_of(evaluation: Evaluation) -> Report:
    """Return the report as a tree of blocks."""
    about = evaluation.about
    return Report(
        title=FromFile(about.title, about.file),
        lines=tuple(line for line in (_where(evaluation), _who(evaluation)) if line),
        banners=_banners(evaluation),
        sections=tuple(make(evaluation) for make in STANDARD.values()),
    )


def _where(evaluation: Evaluation) -> Parts:
    about = evaluation.about
    place = about.place.get("name")
    parts: list[Part] = [FromFile(str(place), about.file)] if place else []
    if about.runs[0]:
        parts += [", "] * bool(parts)
        parts.append(FromFile(" to ".join(one for one in about.runs if one), about.file))
    return tuple(parts)


def _who(evaluation: Evaluation) -> Parts:
    about = evaluation.about
    partners: list[Parts] = [
        (FromFile(one.name, about.file),) for one in about.partners[:_MOST_PARTNERS]
    ]
    if len(about.partners) > _MOST_PARTNERS:
        partners.append(("others",))
    return ("With ", *joined(partners, "; ", " and ")) if partners else ()


def _banners(evaluation: Evaluation) -> tuple[Callout, ...]:
    """Return what a reader must know before the first sentence."""
    found = []
    status = _STATUS.get(evaluation.about.status)
    if status:
        found.append(Callout("warning", (status,)))
    simulated = [one for one in evaluation.tables if _SIMULATED in one.file.lower()]
    if simulated:
        names: list[Parts] = [(FromFile(one.file, evaluation.protocol.file),) for one in simulated]
        words: Parts = ("Data in this report are simulated, not measured: ", *joined(names), ".")
        found.append(Callout("warning", words))
    if evaluation.lock.get("state", "not locked") == "not locked":
        words = ("The plan was not locked: read all results as exploratory.",)
        found.append(Callout("note", words))
    return tuple(found)
