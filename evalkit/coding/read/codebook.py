"""``codebook.yaml``: the codes, what a passage with each of them says, and of which links."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from evalkit.coding.model import Code, Codebook, Says
from evalkit.errors import Fault, ProjectError, nearest
from evalkit.files.record import CONFIG, check_record
from evalkit.files.yaml import Yaml, read_yaml


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """A code as it stands in the file; see `Code`. ``under`` names its parent."""

    __pydantic_config__: ClassVar[dict[str, Any]] = CONFIG

    words: str
    says: Says | None = None
    links: str | tuple[str, ...] = ()
    link: str = ""
    rival: str = ""
    under: str = ""
    define: str = ""
    include: str = ""
    exclude: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class CodebookFile:
    """The whole file. A code may be plain words instead of a mapping."""

    __pydantic_config__: ClassVar[dict[str, Any]] = CONFIG

    format: Literal["evalkit/1"]
    codes: Mapping[str, str | CodeEntry] = field(default_factory=dict)
    version: int = 1


def codebook_shape() -> type[CodebookFile]:
    """Return the dataclass that describes ``codebook.yaml``, for its JSON Schema."""
    return CodebookFile


def read_codebook(path: Path, *, file: str = "") -> Codebook:
    """Read a codebook.

    Parameters
    ----------
    path : pathlib.Path
        ``codebook.yaml``.
    file : str, optional
        Its name in messages; the path's own name by default.

    Returns
    -------
    Codebook
        The codes in the order of the file, each with its line.

    Raises
    ------
    ProjectError
        Every value that does not fit, and every code that names links without saying which way.
    """
    yaml = read_yaml(path, file=file)
    record, faults = check_record(yaml, CodebookFile)
    if record is None or faults:
        raise ProjectError(faults)
    entries = {id: _entry(found) for id, found in record.codes.items()}
    faults = [fault for id, entry in entries.items() for fault in _entry_faults(yaml, id, entry)]
    if faults:
        raise ProjectError(faults)
    codes = {id: _code(id, entry, yaml.line("codes", id)) for id, entry in entries.items()}
    return Codebook(tuple(codes.values()), record.version, yaml.file)


def _entry(found: str | CodeEntry) -> CodeEntry:
    return CodeEntry(words=found) if isinstance(found, str) else found


def _entry_faults(yaml: Yaml, id: str, entry: CodeEntry) -> list[Fault]:
    faults = []
    line = yaml.line("codes", id)
    if not id.strip() or id != id.strip() or not id.isprintable():
        faults.append(Fault(yaml.file, line, f"The id {id!r} is not a name.", "Use a short word."))
    if not entry.words.strip():
        faults.append(Fault(yaml.file, line, f"The code `{id}` has no words.", "Name it."))
    if entry.links and entry.link:
        wrong = f"The code `{id}` has both `link` and `links`."
        faults.append(Fault(yaml.file, line, wrong, "Put them all under `links`."))
    if (entry.links or entry.link) and entry.says is None:
        wrong = f"The code `{id}` names links but not what it says of them."
        do = "Add `says:` for, against, mixed, nil, mechanism, context or rival."
        faults.append(Fault(yaml.file, line, wrong, do))
    return faults


def _code(id: str, entry: CodeEntry, line: int) -> Code:
    listed = (entry.links,) if isinstance(entry.links, str) else entry.links
    links = tuple(_spaced(link) for link in (*listed, entry.link) if link.strip())
    return Code(
        id=id,
        words=entry.words.strip(),
        says=entry.says or "for",
        links=tuple(dict.fromkeys(links)),
        rival=entry.rival.strip(),
        parent=entry.under.strip(),
        define=entry.define,
        include=entry.include,
        exclude=entry.exclude,
        example=entry.example,
        line=line,
    )


def _spaced(link: str) -> str:
    """Write a link the one way it is written everywhere: ``a -> b``."""
    return " -> ".join(part.strip() for part in link.split("->"))


def check_codebook(
    codebook: Codebook, links: Collection[str], rivals: Collection[str]
) -> list[Fault]:
    """Return the faults of a codebook against the theory it speaks to.

    Parameters
    ----------
    codebook : Codebook
        As read.
    links : collection of str
        The theory's links, ``"a -> b"``.
    rivals : collection of str
        Ids of its other explanations.

    Returns
    -------
    list of Fault
        Unknown links, rivals and parents, circles of parents, rivals not named; and, as advice,
        codes that say something of no link.
    """
    faults: list[Fault] = []
    for code in codebook.by_id.values():
        found = [
            *_link_faults(code, links),
            *_rival_faults(code, rivals),
            *_parent_faults(code, codebook),
        ]
        faults.extend(Fault(codebook.file, code.line, *words) for words in found)
        if code.says in ("against", "mixed", "nil", "mechanism") and not code.links:
            wrong = f"The code `{code.id}` says `{code.says}` of no link."
            do = "Add `links:`, or it will count for nothing."
            faults.append(Fault(codebook.file, code.line, wrong, do, level="advice"))
    return sorted(faults)


def _link_faults(code: Code, links: Collection[str]) -> list[tuple[str, str]]:
    return [
        (
            f"The code `{code.id}` speaks to `{link}`, which is not a link of the theory.",
            f"Correct it, or add the link to theory.yaml.{nearest(link, links)}",
        )
        for link in code.links
        if link not in links
    ]


def _rival_faults(code: Code, rivals: Collection[str]) -> list[tuple[str, str]]:
    if code.rival and code.rival not in rivals:
        wrong = f"The code `{code.id}` names the rival `{code.rival}`, which the theory has not."
        do = f"Correct it, or add it to `other_explanations`.{nearest(code.rival, rivals)}"
        return [(wrong, do)]
    if code.says == "rival" and not code.rival:
        known = ", ".join(sorted(rivals)) or "none yet; add it to `other_explanations`"
        wrong = f"The code `{code.id}` says `rival` but not which one."
        return [(wrong, f"Add `rival:`, one of: {known}.")]
    return []


def _parent_faults(code: Code, codebook: Codebook) -> list[tuple[str, str]]:
    codes = codebook.by_id
    if code.parent and code.parent not in codes:
        wrong = f"The code `{code.id}` stands under `{code.parent}`, which is not a code."
        return [(wrong, f"Correct `under:`.{nearest(code.parent, codes)}")]
    above = code.parent
    for _ in range(len(codes)):
        if above == code.id:
            return [(f"The code `{code.id}` stands under itself.", "Correct `under:`.")]
        above = codes[above].parent if above in codes else ""
    return []
