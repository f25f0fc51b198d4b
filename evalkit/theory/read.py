"""Reading ``theory.yaml``: every fault at once, each with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from evalkit.errors import Fault, ProjectError
from evalkit.files.record import salvage_record
from evalkit.files.yaml import Yaml, read_yaml
from evalkit.theory.model import (
    SECTIONS,
    Change,
    Link,
    Node,
    Prior,
    Rival,
    Section,
    Setting,
    Shaper,
    Theory,
)
from evalkit.theory.references import reference_faults
from evalkit.theory.shapes import (
    Boxes,
    ChangeShape,
    LinkShape,
    NodeShape,
    PriorShape,
    RivalShape,
    SettingShape,
    ShaperShape,
    TheoryFile,
    Words,
)

THEORY_FILE = TheoryFile
"""The shape of the file, from which its JSON Schema is made."""

_ARROW = re.compile(r"\s*(?:->|→)\s*")
_ID = re.compile(r"[^\W_][\w-]*\Z")


def read_theory(path: Path, *, file: str = "") -> Theory:
    """Read a theory of change.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    file : str, optional
        The name to show in messages; the path's own name by default.

    Returns
    -------
    Theory
        With a link for each pair of boxes joined, and the line of everything.

    Raises
    ------
    ProjectError
        All faults of the file: keys that are not known, links to boxes that are not there, boxes
        in two sections, circles with no link marked as a loop.
    """
    yaml = read_yaml(path, file=file or path.name)
    faults = [] if "format" in yaml.values else [_no_format(yaml)]
    whole = Yaml(yaml.file, {"format": "evalkit/1", **yaml.values}, yaml.lines)
    shape, kept, wrong_form = salvage_record(whole, TheoryFile)
    faults += wrong_form
    if shape is None:
        raise ProjectError(faults)
    theory = _Reader(kept, faults).theory(shape)
    faults += reference_faults(theory, _named(yaml))
    if faults:
        raise ProjectError(dict.fromkeys(faults))
    return theory


def _no_format(yaml: Yaml) -> Fault:
    return Fault(yaml.file, 1, "The key `format` is missing.", "Add `format: evalkit/1`.")


def _named(yaml: Yaml) -> list[str]:
    """Return every key that stands in a section, also of boxes that could not be read."""
    sections = [yaml.values.get(section) for section in SECTIONS]
    return [id for boxes in sections if isinstance(boxes, dict) for id in boxes]


@dataclass(slots=True)
class _Reader:
    """Turns the shape of the file into a `Theory`, noting what cannot be understood."""

    yaml: Yaml
    faults: list[Fault]

    def fault(self, line: int, wrong: str, do: str) -> None:
        self.faults.append(Fault(self.yaml.file, line, wrong, do))

    def theory(self, shape: TheoryFile) -> Theory:
        line = self.yaml.line
        return Theory(
            purpose=shape.purpose,
            nodes=self.nodes(shape),
            links=tuple(
                link for at, each in enumerate(shape.links) for link in self.links(at, each)
            ),
            works_when=tuple(
                _setting(each, line("works_when", at)) for at, each in enumerate(shape.works_when)
            ),
            rivals=tuple(
                _rival(each, line("other_explanations", at))
                for at, each in enumerate(shape.other_explanations)
            ),
            shaped_by=tuple(
                _shaper(each, line("who_shaped_this", at))
                for at, each in enumerate(shape.who_shaped_this)
            ),
            changes=tuple(
                _change(each, line("changes", at)) for at, each in enumerate(shape.changes)
            ),
            version=shape.version,
            agreed_by=_several(shape.agreed_by),
            file=self.yaml.file,
        )

    def nodes(self, shape: TheoryFile) -> tuple[Node, ...]:
        found: dict[str, Node] = {}
        for section in SECTIONS:
            boxes: Boxes = getattr(shape, section)
            for id, box in boxes.items():
                line = self.yaml.line(section, id)
                if self.may_be_named(id, line, found.get(id)):
                    found[id] = _node(id, section, box, line)
        return tuple(found.values())

    def may_be_named(self, id: str, line: int, first: Node | None) -> bool:
        if first is not None:
            wrong = (
                f"The box `{id}` stands twice, first under `{first.section}` (line {first.line})."
            )
            self.fault(line, wrong, "Give one of them another short name.")
        elif not _ID.match(id):
            wrong = f"`{id}` cannot be the short name of a box."
            self.fault(line, wrong, "Use letters, digits, `_` and `-`, without spaces.")
        else:
            return True
        return False

    def links(self, at: int, shape: str | LinkShape) -> list[Link]:
        line = self.yaml.line("links", at)
        if isinstance(shape, str):
            ends = self.ends(shape, line)
            return [Link(a, b, line=line) for a in ends[0] for b in ends[1]]
        return [
            _link(shape, source, target, line)
            for source in _names(shape.from_)
            for target in _names(shape.to)
        ]

    def ends(self, words: str, line: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        parts = _ARROW.split(words.strip())
        sides = [_names(part) for part in parts]
        if len(sides) == 2 and all(sides):
            return sides[0], sides[1]
        many = len(sides) > 2
        wrong = f"`{words}` {'has more than one arrow' if many else 'is not a link'}."
        do = "Write one line for each arrow." if many else "Write it as `short_name -> short_name`."
        self.fault(line, wrong, do)
        return (), ()


def _setting(shape: SettingShape, line: int) -> Setting:
    holds = not shape.so.startswith("not ")
    so = shape.so if holds else shape.so.removeprefix("not ").strip()
    return Setting(shape.in_, shape.people, so, holds, line)


def _rival(shape: RivalShape, line: int) -> Rival:
    return Rival(
        shape.id,
        shape.words,
        shape.check,
        _parts(shape.links),
        line,
        shape.from_,
        shape.to,
        _several(shape.where),
    )


def _shaper(shape: ShaperShape, line: int) -> Shaper:
    put, against = _parts(shape.put_forward), _parts(shape.disagreed_with)
    return Shaper(shape.who, shape.when, put, against, line)


def _change(shape: ChangeShape, line: int) -> Change:
    agreed = _several(shape.agreed_by)
    return Change(shape.version, shape.what, shape.when, shape.why, agreed, line)


def _node(id: str, section: Section, box: str | NodeShape, line: int) -> Node:
    if isinstance(box, str):
        return Node(id, section, box, line=line)
    return Node(id, section, box.words, _several(box.measure), line, _priors(box.prior))


def _link(shape: LinkShape, source: str, target: str, line: int) -> Link:
    return Link(
        source=source,
        target=target,
        because=shape.because,
        assumes=_several(shape.assumes),
        context=shape.in_,
        expect=shape.expect,
        belief=shape.belief,
        if_true_we_see=_several(shape.if_true_we_see),
        if_false_we_see=_several(shape.if_false_we_see),
        prior=() if isinstance(shape.prior, str) else _priors(shape.prior),
        loop=shape.loop,
        line=line,
        prior_unknown=isinstance(shape.prior, str),
    )


def _priors(shape: PriorShape | tuple[PriorShape, ...]) -> tuple[Prior, ...]:
    several = (shape,) if isinstance(shape, PriorShape) else shape
    return tuple(Prior(each.says, each.words, each.source, each.distance) for each in several)


def _several(words: Words) -> tuple[str, ...]:
    if isinstance(words, str):
        return (words,) if words else ()
    return words


def _names(words: Words) -> tuple[str, ...]:
    """Return the short names in ``"a, b"`` or in a list."""
    parts = words.split(",") if isinstance(words, str) else words
    return tuple(part.strip() for part in parts if part.strip())


def _parts(words: Words) -> tuple[str, ...]:
    """Return names of boxes and links, the arrows of links written the one way."""
    return tuple(" -> ".join(_ARROW.split(name.strip())) for name in _several(words))
