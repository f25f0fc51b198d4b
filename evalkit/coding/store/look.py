"""Reading: the whole project as it is at one moment, single things, what waits for a place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from evalkit.coding.model import Case, Codebook, CodingProject, Loss, Segment
from evalkit.coding.store.connect import Store, reading
from evalkit.coding.store.records import KINDS, About, Kept, StoreError
from evalkit.coding.store.table import Row, row_of, rows_of, versions_of

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A passage whose words a corrected text no longer has, or has in several places.

    Attributes
    ----------
    kept : Kept
        The coding, claim or case that waits.
    segment : Segment
        The passage, as it was in `version`.
    version : int
    """

    kept: Kept[Any]
    segment: Segment
    version: int


def project(store: Store) -> CodingProject:
    """Return everything the store holds, as it is at this moment.

    Sources have their current version. Passages still bound to an earlier one are left out and
    counted in ``losses``; `unplaced` lists them.
    """
    found: dict[str, tuple[Any, ...]] = {}
    waiting: list[Loss] = []
    with reading(store) as connection:
        versions = versions_of(connection)
        for kind in KINDS:
            rows = rows_of(connection, kind)
            pairs = [_split(row.kind, row.kept().value, row, versions) for row in rows]
            found[kind] = tuple(thing for thing, _ in pairs if thing is not None)
            waiting.extend(_loss(kind, [one for _, held in pairs for one in held]))
    about = found["project"][0] if found["project"] else About()
    return CodingProject(
        name=about.name,
        # The place of a source is that of its first version.
        sources=tuple({source.id: source for source in found["source"]}.values()),
        codebook=Codebook(found["code"], about.codebook_version, about.codebook_file),
        codings=found["coding"],
        cases=found["case"],
        memos=found["memo"],
        claims=found["claim"],
        links=found["link"],
        sets=found["set"],
        graphs=found["graph"],
        users=found["user"],
        losses=(*found["loss"], *waiting),
        note=about.note,
        guid=about.guid,
        variables=found["variable"],
    )


def every(store: Store, kind: str) -> tuple[Kept[Any], ...]:
    """Return all things of a kind (a key of `KINDS`), with their keys and revisions.

    Earlier versions of sources and passages that wait for a place are among them.
    """
    with reading(store) as connection:
        return tuple(row.kept() for row in rows_of(connection, kind))


def kept(store: Store, kind: str, key: int) -> Kept[Any]:
    """Return one thing.

    Raises
    ------
    StoreError
        There is none of this number.
    """
    with reading(store) as connection:
        row = row_of(connection, kind, key)
    if row is None:
        wrong = f"There is no {kind} with the number {key}."
        raise StoreError(wrong, do="It may have been removed: see `history`.", file=str(store.path))
    return row.kept()


def codings_of(store: Store, source: str) -> tuple[Kept[Any], ...]:
    """Return the codings of the current version of a source, in the order of their passages."""
    with reading(store) as connection:
        found = connection.execute(
            "SELECT key FROM coding WHERE source = ? "
            "AND version = (SELECT max(version) FROM source WHERE id = ?)",
            (source, source),
        ).fetchall()
        rows = (row_of(connection, "coding", key) for (key,) in found)
        things = [row.kept() for row in rows if row]
    return tuple(
        sorted(things, key=lambda it: (it.value.segment.start, it.value.segment.end, it.key))
    )


def unplaced(store: Store) -> tuple[Unplaced, ...]:
    """Return the passages that wait for a place in the corrected text of their source.

    `move_coding` places a coding; `edit` a claim or case, with the new passage.
    """
    with reading(store) as connection:
        versions = versions_of(connection)
        return tuple(
            Unplaced(row.kept(), segment, version)
            for kind in ("coding", "claim", "case")
            for row in rows_of(connection, kind)
            for segment, version in bound(row.value)
            if version != versions[segment.source]
        )


def original(store: Store, source: str, version: int = 0) -> bytes | None:
    """Return the bytes a source was read from, of its current version when 0; None if not kept."""
    with reading(store) as connection:
        found = connection.execute(
            "SELECT bytes FROM original JOIN source ON original.source = source.key "
            "WHERE id = ? AND version = coalesce(nullif(?, 0), "
            "(SELECT max(version) FROM source WHERE id = ?))",
            (source, version, source),
        ).fetchone()
    return bytes(found[0]) if found else None


def bound(value: Mapping[str, Any]) -> Iterator[tuple[Segment, int]]:
    """Yield the segments that a row's body holds, each with the version it was cut from."""
    held = [value["segment"]] if "segment" in value else value.get("segments", ())
    for one in held:
        yield Segment(one["source"], one["start"], one["end"], one["quote"]), one["version"]


def _split(
    kind: str, thing: Any, row: Row, versions: Mapping[str, int]
) -> tuple[Any, tuple[Segment, ...]]:
    """Return what of a thing is of the current versions (or None), and the segments that wait."""
    if kind == "source":
        return (thing if thing.version == versions[thing.id] else None), ()
    if kind not in ("coding", "claim", "case"):
        return thing, ()
    waiting = tuple(it for it, version in bound(row.value) if version != versions[it.source])
    if not waiting:
        return thing, ()
    if not isinstance(thing, Case):
        return None, waiting
    here = tuple(it for it in thing.segments if it not in waiting)
    return replace(thing, segments=here), waiting


def _loss(kind: str, waiting: list[Segment]) -> Iterator[Loss]:
    if waiting:
        why = "A corrected text no longer has these words in one place; see `unplaced`."
        where = tuple(segment.id for segment in waiting[:_SHOWN])
        yield Loss(kind, why, len(waiting), where)
