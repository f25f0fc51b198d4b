"""What the commands ``evalkit code ...`` do, apart from reading options and printing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evalkit.coding.claims import causal_map, compare_with_theory, robustness, trace
from evalkit.coding.exchange import read_any
from evalkit.coding.model import CodingProject, Loss
from evalkit.coding.project_folder import (
    STORE,
    originals,
    planned,
    read_plain,
    write_plain,
)
from evalkit.coding.refi import write_codebook, write_project
from evalkit.coding.store import dump, open_store, put_project
from evalkit.errors import CodingError
from evalkit.theory.model import Theory
from evalkit.theory.read import read_theory


def imported(
    folder: Path, file: Path | None, to: str, by: str
) -> tuple[CodingProject, Path, tuple[Loss, ...]]:
    """Read a file, or the folder's plain files, and write the store or plain files."""
    made = read_any(file) if file else read_plain(folder)
    if to == "csv":
        return made, folder, (*made.losses, *write_plain(made, folder))
    where = folder / STORE
    folder.mkdir(parents=True, exist_ok=True)
    files = {} if file else originals(folder, made.sources)
    new = not where.exists()
    try:
        with open_store(where, create=True) as store:
            put_project(store, made, by, originals=files)
    except CodingError:
        if new:  # an import that failed leaves no empty store behind
            _remove_store(where)
        raise
    return made, where, made.losses


def _remove_store(path: Path) -> None:
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def exported(made: CodingProject, folder: Path, to: str, where: Path) -> tuple[Loss, ...]:
    """Write what is coded in one of the forms of `EXPORTS`."""
    return _EXPORT[to](made, folder, where)


def _qdpx(made: CodingProject, _folder: Path, where: Path) -> tuple[Loss, ...]:
    return write_project(made, where)


def _qdc(made: CodingProject, _folder: Path, where: Path) -> tuple[Loss, ...]:
    write_codebook(made.codebook, where)
    names = ("sources", "codings", "cases", "memos", "claims", "links", "sets", "graphs")
    why = "a codebook file holds codes only"
    return tuple(Loss(name, why, len(getattr(made, name))) for name in names if getattr(made, name))


def _csv(made: CodingProject, _folder: Path, where: Path) -> tuple[Loss, ...]:
    return write_plain(made, where)


def _folder(made: CodingProject, folder: Path, where: Path) -> tuple[Loss, ...]:
    """Dump the store, its log included; a folder of plain files becomes one on the way."""
    if (folder / STORE).exists():
        with open_store(folder / STORE, read_only=True) as store:
            dump(store, where)
        return ()
    with (
        tempfile.TemporaryDirectory() as made_for_it,
        open_store(Path(made_for_it) / STORE, create=True) as store,
    ):
        put_project(store, made, "export", originals=originals(folder, made.sources))
        dump(store, where)
    return ()


_EXPORT: dict[str, Callable[[CodingProject, Path, Path], tuple[Loss, ...]]] = {
    "qdpx": _qdpx,
    "qdc": _qdc,
    "csv": _csv,
    "folder": _folder,
}


def agreed(
    made: CodingProject,
    comparison: Mapping[str, Any],
    coefficients: Sequence[str] | None,
    by: Collection[str],
    seed: int | None,
) -> pd.DataFrame:
    """Return the table of agreement."""
    from evalkit.coding.agreement_table import Comparison, agreement_table
    from evalkit.coding.estimated import Resampling

    options: dict[str, Any] = {"by": by}
    if coefficients:
        options["coefficients"] = coefficients
    if seed is not None:
        options["resampling"] = Resampling(seed=seed)
    how = Comparison(**comparison)
    return agreement_table(made.codings, made.sources, made.codebook, how, **options)


def agreement_lines(table: pd.DataFrame) -> Iterator[str]:
    """Yield the table of agreement in words, one line a coefficient."""
    for row in table.to_dict("records"):
        what = f"{row['coefficient']}, " if row["coefficient"] else ""
        whom = row["coders"] if row["scope"] != "everyone" else "everyone"
        about = f"code {row['code']}" if row["code"] else "all codes"
        value = "no value" if pd.isna(row["value"]) else f"{row['value']:.3f}"
        interval = ""
        if not pd.isna(row["low"]):
            interval = f" ({row['level']:.0%} interval {row['low']:.3f} to {row['high']:.3f})"
        told = "; ".join(it for it in (row["reason"], row["note"]) if it)
        unit = f", {row['n_units']} units: {row['unit']}" if row["unit"] else ""
        yield f"{what}{whom}, {about}: {value}{interval}{unit}{f'. {told}' if told else ''}"


def counted(
    made: CodingProject, folder: Path, by: str, attribute: str, *, count: str, roll_up: bool
) -> pd.DataFrame:
    """Return codes against cases, an attribute of cases, links of the theory, or each other."""
    from evalkit.coding.queries.cooccurrence import cooccurrence
    from evalkit.coding.queries.matrix import code_by_attribute, code_by_case, code_by_link

    coded, cases = (made.codings, made.codebook), made.cases
    how: dict[str, Any] = {"count": count}
    if by == "code":
        return cooccurrence(*coded, cases)
    if by == "link":
        theory = theory_of(folder)
        links = [link.id for link in theory.links] if theory else []
        if not links:
            do = "Write theory.yaml, or count by case."
            raise CodingError("There is no theory whose links could be counted.", do=do)
        return code_by_link(*coded, links, cases, **how)
    if not cases:
        do = "Cases come from surveys and from imported projects; see `evalkit code import`."
        raise CodingError("There are no cases in this folder.", do=do)
    how["roll_up"] = roll_up
    if by == "attribute":
        return code_by_attribute(*coded, cases, attribute, **how)
    return code_by_case(*coded, cases, **how)


def suggested(
    made: CodingProject, how: Mapping[str, Any], least: float, seed: int | None
) -> tuple[tuple[Any, ...], pd.DataFrame]:
    """Return suggestions, and how often such were right in sources held out."""
    from evalkit.coding.learn import held_out, train
    from evalkit.coding.suggest import suggest

    options: dict[str, Any] = {**how, **({} if seed is None else {"seed": seed})}
    coded, sources, codebook = made.codings, made.sources, made.codebook
    classifier = train(coded, sources, codebook, **how)
    tried = held_out(coded, sources, codebook, at_least=least, **options)
    return suggest(classifier, made.sources, made.codings, least=least), tried


def theory_of(folder: Path) -> Theory | None:
    """Return the folder's theory; None where there is none.

    Raises
    ------
    ProjectError
        It has faults.
    """
    path = folder / "theory.yaml"
    return read_theory(path) if path.is_file() else None


def claimed(made: CodingProject, folder: Path, cause: str, effect: str) -> dict[str, Any]:
    """Return the causal map, the comparison with the theory, and the ways that are asked for."""
    if not made.claims:
        do = "Write claims.csv with the columns source, quote, cause, effect."
        raise CodingError("Nothing is claimed in this folder yet.", do=do)
    sources = [source.id for source in made.sources]
    found: dict[str, Any] = {}
    if cause:
        ways = trace(made.claims, cause, effect, made.cases)
        found["ways"] = ways.table if len(ways.table) else ways.reason
        found["robustness"] = robustness(made.claims, cause, effect, made.cases)
        return {**found, "note": ways.note}
    drawn = causal_map(made.claims, made.cases, sources)
    found["links"] = drawn.links
    theory = theory_of(folder)
    if theory is not None:
        asked = _asked(folder, theory)
        compared = compare_with_theory(
            made.claims, theory, asked, cases=made.cases, sources=sources
        )
        found["beside_the_theory"] = compared.table
        if len(compared.not_boxes):
            found["not_in_the_theory"] = compared.not_boxes
        return {**found, "note": compared.note}
    return {**found, "note": drawn.note}


def _asked(folder: Path, theory: Theory) -> Collection[str] | None:
    """Return the links that the plan says every source was asked about; None where it is silent."""
    known = {link.id for link in theory.links}
    asked = planned(folder).asked_about
    return tuple(link for link in asked if link in known) or None


def replaced(
    made: CodingProject,
    roster: Path,
    key: Path,
    folders: tuple[Path, Path],
    keep: Collection[str],
) -> dict[str, Any]:
    """Write a new folder with pseudonyms, and the key elsewhere; return what was done."""
    from evalkit.coding.pseudonyms import IDENTIFIERS, pseudonymise, read_roster, write_key
    from evalkit.coding.pseudonyms.identify import checked
    from evalkit.coding.pseudonyms.key import refuse_inside

    folder, out = folders
    checked(keep)
    refuse_inside(key, folders)
    _refuse_used(out, folder)
    names = read_roster(roster)
    kinds = [kind for kind in IDENTIFIERS if kind not in keep]
    done = pseudonymise(made, names, identifiers=kinds)
    # The key first: pseudonyms without their key could never be taken back.
    write_key(done.key, key, outside=folders)
    _new_store(done.project, out)
    return {
        "written": str(out / STORE),
        "key": str(key),
        "replaced": done.replaced,
        "doubtful": done.doubtful,
        "for_review": done.review,
        "note": done.note,
    }


def put_back(made: CodingProject, key: Path, out: Path) -> dict[str, Any]:
    """Write a new folder with the names put back."""
    from evalkit.coding.pseudonyms import read_key, restore

    done = restore(made, read_key(key))
    _refuse_used(out, None)
    _new_store(done.project, out)
    left = list(done.left) or "none"
    return {"written": str(out / STORE), "changed_since_and_left": left}


def reported(made: CodingProject, roster: Path | None) -> dict[str, Any]:
    """Return what stands in the sources that could say who somebody is; nothing is written."""
    from evalkit.coding.pseudonyms import read_roster, residual

    names = read_roster(roster) if roster else None
    found = residual(made.sources, names)
    note = (
        "Nothing was replaced. What these rules do not find may still say who somebody is."
        if len(found)
        else "These rules found nothing, which does not say that nobody can be recognised."
    )
    return {"found": found, "note": note}


def _refuse_used(out: Path, folder: Path | None) -> None:
    if folder is not None and out.resolve() == folder.resolve():
        wrong = "Names cannot be replaced in the folder itself: its log and files keep them."
        raise CodingError(wrong, do="Give a new folder: --out DIR.")
    if (out / STORE).exists():
        wrong = f"There is a store in `{out}` already."
        raise CodingError(wrong, do="Give a new folder: --out DIR.")


def _new_store(made: CodingProject, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with open_store(out / STORE, create=True) as store:
        put_project(store, made, "pseudonymise")


# -- frames as JSON and as text -------------------------------------------------------------------


def as_plain(value: Any) -> Any:
    """Return a value as JSON has it: frames as lists of records, nothing missing but null."""
    if isinstance(value, pd.DataFrame):
        return [as_plain(row) for row in _whole(value).to_dict("records")]
    if is_dataclass(value) and not isinstance(value, type):
        return as_plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): as_plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_plain(part) for part in value]
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):  # noqa: PLR0124 (NaN)
        return None
    return value.item() if hasattr(value, "item") else value


def as_text(value: Any) -> str:
    """Return a table, record or words for people."""
    if isinstance(value, pd.DataFrame):
        return _table(value) if len(value) else "none"
    if is_dataclass(value) and not isinstance(value, type):
        return "\n".join(f"{name}: {_cell(part)}" for name, part in asdict(value).items())
    return "\n".join(map(_cell, value)) if isinstance(value, list) else _cell(value)


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose named index has become its first column."""
    return frame.reset_index() if frame.index.name else frame


def _table(frame: pd.DataFrame) -> str:
    frame = _whole(frame)
    shown = pd.DataFrame({str(name): frame[name].map(_cell) for name in frame})
    return str(shown.to_string(index=False, max_colwidth=60, justify="left"))


def _cell(value: Any) -> str:
    plain = as_plain(value)
    if plain is None:
        return "-"
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    if isinstance(plain, float):
        return f"{plain:.3g}"
    return ", ".join(map(str, plain)) if isinstance(plain, list) else str(plain)
