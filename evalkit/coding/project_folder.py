"""The coded material of a project folder: its store ``coding.db``, or else its plain files."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from evalkit.coding.claims.read import read_claims, write_claims
from evalkit.coding.codings import read_codings, write_codings
from evalkit.coding.material import clean, split_header
from evalkit.coding.model import (
    Code,
    Codebook,
    CodingProject,
    Loss,
    Source,
)
from evalkit.coding.read import read_material
from evalkit.coding.read.codebook import read_codebook
from evalkit.coding.speakers import find_turns
from evalkit.coding.store import open_store, project
from evalkit.errors import Fault, ProjectError
from evalkit.files.write import write_whole
from evalkit.protocol.model import Listening
from evalkit.protocol.read import read_protocol

STORE = "coding.db"
CODINGS, CLAIMS, CODEBOOK, SOURCES = "codings.csv", "claims.csv", "codebook.yaml", "sources"
_FILE_NAME = re.compile(r"[\w(][\w .()+,=@~-]{0,120}(?<! )")
_KEY = re.compile(r"[a-z][a-z_]*")
_PASSED_OVER = ("readme", "licence", "license", "desktop", "thumbs")
"""Names of files that readers of folders pass over."""
_NOT_CARRIED = {
    "case": "cases",
    "memo": "memos",
    "link": "links",
    "set": "sets",
    "graph": "graphs",
    "user": "users",
    "variable": "variables",
}


def read_coding(folder: str | Path) -> CodingProject:
    """Return everything that is coded in a project folder.

    Where there is a ``coding.db``, that is read and nothing else. Otherwise ``sources/`` (or the
    place that the plan names), ``codebook.yaml``, ``codings.csv`` and ``claims.csv`` are, as far
    as they are there.

    Parameters
    ----------
    folder : str or pathlib.Path
        The project folder.

    Returns
    -------
    CodingProject

    Raises
    ------
    ProjectError
        Every fault of the files; or there are neither sources nor a store.
    StoreError
        The store cannot be read.
    """
    folder = Path(folder)
    if (folder / STORE).exists():
        with open_store(folder / STORE, read_only=True) as store:
            return project(store)
    return read_plain(folder)


def read_plain(folder: Path) -> CodingProject:
    """Return what the plain files of a folder hold; see `read_coding`."""
    listening = planned(folder)
    place = listening.sources.rstrip("/")
    material = read_material(folder / place, file=f"{place}/")
    if not material.sources:
        wrong = f"There is neither a store `{STORE}` nor a source in `{place}/`."
        do = "Put texts there, or import a project: evalkit code import DIR FILE."
        raise ProjectError([Fault(f"{place}/", 0, wrong, do)])
    path = folder / CODEBOOK
    codebook = read_codebook(path, file=CODEBOOK) if path.is_file() else Codebook()
    path = folder / listening.codings
    file = listening.codings
    codings = read_codings(path, material.sources, codebook, file=file) if path.is_file() else ()
    path = folder / CLAIMS
    claims = (
        read_claims(path, material.sources, material.cases, file=CLAIMS) if path.is_file() else ()
    )
    return CodingProject(
        name=folder.resolve().name,
        sources=material.sources,
        codebook=codebook,
        codings=codings,
        cases=material.cases,
        claims=claims,
        losses=material.losses,
    )


def planned(folder: Path) -> Listening:
    """Return where the plan says that sources and codings stand, and what was asked about.

    A plan that is not there or has faults (``evalkit check`` tells them) says nothing.
    """
    try:
        return read_protocol(folder / "protocol.yaml").listening or Listening()
    except ProjectError:
        return Listening()


def originals(folder: Path, sources: Iterable[Source]) -> dict[str, bytes]:
    """Return the files that sources were read from, where a file holds one source alone."""
    found = {}
    for source in sources:
        path = folder / source.file
        if source.sha256 and source.file and path.is_file():
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() == source.sha256:
                found[source.id] = data
    return found


def write_plain(made: CodingProject, folder: str | Path) -> tuple[Loss, ...]:
    """Write a project as plain files that `read_coding` reads: texts, codebook, codings, claims.

    Parameters
    ----------
    made : CodingProject
    folder : str or pathlib.Path
        Made when it is not there.

    Returns
    -------
    tuple of Loss
        What plain files have no place for.

    Raises
    ------
    ProjectError
        Files of these names are there already; nothing was written.
    """
    folder = Path(folder)
    names = [CODEBOOK, CODINGS, *([CLAIMS] if made.claims else []), SOURCES]
    there = [name for name in names if (folder / name).exists()]
    if there:
        do = "Choose another folder, or move it away: nothing is overwritten."
        raise ProjectError([Fault(name, 0, f"There is a `{name}` already.", do) for name in there])
    _write_sources(made.sources, folder / SOURCES)
    write_whole(folder / CODEBOOK, codebook_yaml(made.codebook))
    write_codings(folder / CODINGS, made.codings, made.sources)
    if made.claims:
        write_claims(folder / CLAIMS, made.claims, made.sources)
    return _losses(made)


def _write_sources(sources: Sequence[Source], folder: Path) -> None:
    """Write each text as a file; those that a text file would change, as rows of a table."""
    folder.mkdir(parents=True, exist_ok=True)
    files = _as_files(sources)
    for source in files.values():
        # With its mark, so that no editor or system takes it for another encoding.
        whole = f"{_header(source)}{source.text}"
        write_whole(folder / f"{source.id}.txt", whole.encode("utf-8-sig"))
    rows = [source for source in sources if source.id not in files]
    if rows:
        write_whole(folder / "more-sources.csv", _table(rows))


def _as_files(sources: Sequence[Source]) -> dict[str, Source]:
    """Return the sources that can each be a text file of their own, by their ids."""
    found: dict[str, Source] = {}
    taken = set(_PASSED_OVER)
    for source in sources:
        name = source.id.casefold()  # some systems' file names have no capitals of their own
        if name not in taken and _reads_back(source):
            found[source.id] = source
        taken.add(name)
    return found


def _reads_back(source: Source) -> bool:
    whole = clean(f"{_header(source)}{source.text}")[0]
    named = _FILE_NAME.fullmatch(source.id) and Path(f"{source.id}.txt").stem == source.id
    return bool(named and source.text.strip() and split_header(whole)[1] == source.text)


def _header(source: Source) -> str:
    pairs = {"title": source.title, **source.attributes}
    if source.text_type != "verbatim":
        pairs["text_type"] = source.text_type
    lines = [
        f"{name}: {' '.join(text.split())}"
        for name, text in pairs.items()
        if _KEY.fullmatch(name) and text.strip()
    ]
    head = "\n".join(lines)
    # Without one of the keys that make a header, the lines would be words of the text.
    return f"{head}\n\n" if lines and split_header(f"{head}\n\nx")[1] == "x" else ""


def _table(sources: Sequence[Source]) -> bytes:
    own = ("id", "text", "title", "text_type")
    names = sorted({name for source in sources for name in source.attributes} - {*own, ""})
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*own, *names))
    for source in sources:
        more = (source.attributes.get(name, "") for name in names)
        writer.writerow((source.id, source.text, source.title, source.text_type, *more))
    return text.getvalue().encode("utf-8-sig")


def codebook_yaml(codebook: Codebook) -> str:
    """Return a codebook as `read_codebook` reads it."""
    lines = ["format: evalkit/1", f"version: {codebook.version}", "codes:"]
    for code in codebook.codes:
        lines.append(f"  {_quoted(code.id)}:")
        lines += [f"    {name}: {value}" for name, value in _fields(code).items()]
    return "\n".join([*lines, ""] if codebook.codes else [*lines[:-1], "codes: {}", ""])


def _fields(code: Code) -> dict[str, str]:
    texts = {
        "words": code.words or code.id,
        "rival": code.rival,
        "under": code.parent,
        "define": code.define,
        "include": code.include,
        "exclude": code.exclude,
        "example": code.example,
    }
    found = {name: _quoted(text) for name, text in texts.items() if text}
    if code.links:
        found["links"] = f"[{', '.join(_quoted(link) for link in code.links)}]"
    if code.links or code.rival or code.says != "for":
        found["says"] = code.says
    return found


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a quoted YAML one


def _losses(made: CodingProject) -> tuple[Loss, ...]:
    """Return what the plain files leave out, by kind."""
    why = "plain files have no place for it: export to qdpx or folder to keep it"
    found = [
        Loss(kind, why, len(getattr(made, name)))
        for kind, name in _NOT_CARRIED.items()
        if getattr(made, name)
    ]
    found += _counted("coding.round", why, [bool(it.round) for it in made.codings])
    found += _counted("coding.origin", why, [it.origin != "human" for it in made.codings])
    found += _counted(
        "source.attributes", "lines at the top of a text hold simple ones", _cut(made)
    )
    found += _counted(
        "source.turns", "who speaks is read from the labels in the text again", _turns(made)
    )
    return tuple(found)


def _cut(made: CodingProject) -> list[bool]:
    """Say of each source whether attributes of it are left out or put on one line."""
    files = _as_files(made.sources)
    heads = [split_header(f"{_header(source)}x")[0] for source in made.sources]
    return [
        source.id in files and any(head.get(it) != text for it, text in source.attributes.items())
        for source, head in zip(made.sources, heads, strict=True)
    ]


def _turns(made: CodingProject) -> list[bool]:
    return [source.turns != find_turns(source.text) for source in made.sources]


def _counted(kind: str, why: str, flags: Sequence[bool]) -> list[Loss]:
    return [Loss(kind, why, sum(flags), severity="changed")] if any(flags) else []
