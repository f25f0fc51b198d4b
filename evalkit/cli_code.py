"""The commands ``evalkit code ...``: what is coded in a project folder, from the command line.

A folder's ``coding.db`` is read where there is one, its ``codings.csv`` and ``sources/`` otherwise.
Everything heavy is imported inside the commands.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evalkit.console import FAULTS, is_folder, plain, print_json, stopping
from evalkit.errors import EvalkitError, nearest

if TYPE_CHECKING:  # pandas is not loaded for `--help`
    from evalkit.coding.model import CodingProject, Loss

code_app = typer.Typer(
    help="Read, compare, search and hand on what is coded in a project folder.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="The project folder.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but faults.")]
To = Annotated[str, typer.Option("--to", metavar="KIND", help="qdpx, qdc, csv or folder.")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="PATH", help="Where to write.", show_default=False)
]
EXPORTS = {"qdpx": "coding.qdpx", "qdc": "coding.qdc", "csv": "coding", "folder": "coding.dump"}
"""What can be exported, and the name it gets in ``DIR/out``."""

UNITS = ("sentence", "paragraph", "turn", "token", "character")


@code_app.command("import")
def import_(
    folder: Folder,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="A file of NVivo, ATLAS.ti, MAXQDA (.qdpx, .qdc), Taguette, QualCoder or Causal "
            "Map; without one, the folder's own sources and codings.csv.",
            show_default=False,
        ),
    ] = None,
    to: Annotated[str, typer.Option("--to", metavar="KIND", help="db or csv.")] = "db",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who imports.")] = "import",
    quiet: Quiet = False,  # noqa: FBT002 (a flag)
    as_json: AsJson = False,  # noqa: FBT002 (a flag)
) -> None:
    """Read a coded project of another program into the folder, and say what was not carried."""
    folder, file = _in_order(folder, file)
    _one_of(to, ("db", "csv"), "--to")
    with stopping(EvalkitError, exit_with=FAULTS, as_json=as_json):
        from evalkit import cli_code_parts as parts

        made, where, losses = parts.imported(folder, file, to, by)
    _say_carried(where, made, losses, quiet=quiet, as_json=as_json)


@code_app.command("export")
def export(
    folder: Folder,
    to: To = "qdpx",
    out: Out = None,
    quiet: Quiet = False,  # noqa: FBT002 (a flag)
    as_json: AsJson = False,  # noqa: FBT002 (a flag)
) -> None:
    """Write what is coded for other programs, and say what they will not see."""
    _one_of(to, EXPORTS, "--to")
    where = out or is_folder(folder) / "out" / EXPORTS[to]
    with stopping(EvalkitError, exit_with=FAULTS, as_json=as_json):
        from evalkit import cli_code_parts as parts

        made = _read(folder)
        losses = parts.exported(made, folder, to, where)
    _say_carried(where, made, losses, quiet=quiet, as_json=as_json)


@code_app.command("agreement")
def agreement(  # noqa: PLR0913, PLR0917 (options of a command)
    folder: Folder,
    unit: Annotated[
        str, typer.Option(metavar="UNIT", help=f"What is compared: {', '.join(UNITS)}.")
    ] = "sentence",
    coefficient: Annotated[
        list[str] | None,
        typer.Option("--coefficient", metavar="NAME", help="Which; may stand several times."),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="CUT", help="code, coder, pair; may stand several times."),
    ] = None,
    round_: Annotated[str | None, typer.Option("--round", help="Only this round.")] = None,
    read: Annotated[
        list[str] | None,
        typer.Option("--read", metavar="SOURCE", help="A source that every coder read."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the intervals.")] = None,
    reflexive: Annotated[  # noqa: FBT002 (a flag)
        bool, typer.Option("--reflexive", help="Compute no coefficient, and say why.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 (a flag)
) -> None:
    """Say how far coders agree: coefficient, interval, unit, and why where there is none."""
    _one_of(unit, UNITS, "--unit")
    for cut in by or ():
        _one_of(cut, ("code", "coder", "pair"), "--by")
    with stopping(EvalkitError, exit_with=FAULTS, as_json=as_json):
        from evalkit import cli_code_parts as parts

        table = parts.agreed(
            _read(folder),
            {"unit": unit, "double_coded": read or (), "round": round_, "reflexive": reflexive},
            coefficient,
            by or ("code",),
            seed,
        )
    if as_json:
        print_json(parts.as_plain(table))
        return
    for line in parts.agreement_lines(table):
        typer.echo(plain(line))


@code_app.command("matrix")
def matrix(
    folder: Folder,
    by: Annotated[
        str, typer.Option("--by", metavar="WHAT", help="case, link, code (together), or attribute.")
    ] = "case",
    attribute: Annotated[
        str, typer.Option(metavar="NAME", help="The attribute of cases, with --by attribute.")
    ] = "",
    count: Annotated[
        str, typer.Option(metavar="WHAT", help="segments, sources, cases or characters.")
    ] = "segments",
    roll_up: Annotated[  # noqa: FBT002 (a flag)
        bool, typer.Option("--roll-up", help="Count passages for the parents of their codes too.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 (a flag)
) -> None:
    """Count codes against cases, attributes of cases, links of the theory, or each other."""
    _one_of(by, ("case", "attribute", "link", "code"), "--by")
    _one_of(count, ("segments", "sources", "cases", "characters"), "--count")
    if by == "attribute" and not attribute:
        raise typer.BadParameter("Name the attribute: --attribute NAME", param_hint="--attribute")
    with stopping(EvalkitError, exit_with=FAULTS, as_json=as_json):
        from evalkit import cli_code_parts as parts

        table = parts.counted(_read(folder), folder, by, attribute, count=count, roll_up=roll_up)
    if as_json:
        print_json(parts.as_plain(table))
        return
    _say(table)
    typer.echo("0 is not mentioned, which is not the same as not so.")


@code_app.command("suggest")
def suggest(
    folder: Folder,
    unit: Annotated[
        str, typer.Option(metavar="UNIT", help="sentence, paragraph, turn or source.")
    ] = "sentence",
    least: Annotated[
        float, typer.Option(min=0, max=1, help="Least probability of a suggestion.")
    ] = 0.5,
    examples: Annotated[
        int, typer.Option(min=1, metavar="N", help="Least passages of a code to learn from.")
    ] = 10,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="How many to print.")] = 50,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of holding out.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 (a flag)
) -> None:
    """Suggest codes, learnt from the project's own codings; nothing is coded by this."""
    _one_of(unit, ("sentence", "paragraph", "turn", "source"), "--unit")
    with stopping(EvalkitError, exit_with=FAULTS, as_json=as_json):
        from evalkit import cli_code_parts as parts

        how: dict[str, Any] = {"unit": unit, "least": examples}
        found, tried = parts.suggested(_read(folder), how, least, seed)
    if as_json:
        rows = [{"id": one.id, **asdict(one)} for one in found[:top]]
        print_json({"suggestions": rows, "held_out": parts.as_plain(tried)})
        return
    for one in found[:top]:
        words = " ".join(one.segment.quote.split())
        typer.echo(plain(f"{one.score:.2f}  {one.code}  {one.segment.id}  “{words}” ({one.why})"))
    typer.echo("\nHow often suggestions were right in sources that were not learnt from:")
    _say(tried)
    typer.echo("Nothing was coded: a suggestion counts when a person accepts it.")


@code_app.command("claims")
def claims(
    folder: Folder,
    from_: Annotated[str, typer.Option("--from", metavar="CAUSE", help="Trace ways from it.")] = "",
    to: Annotated[str, typer.Option("--to", metavar="EFFECT", help="Trace ways to it.")] = "",
    as_json: AsJson = False,  # noqa: FBT002 (a flag)
) -> None:
    """Show which causal links sources claim, beside the theory, and how robust a way is."""
    if bool(from_) != bool(to):
        raise typer.BadParameter("A way has two ends: --from CAUSE --to EFFECT", param_hint="--to")
    with stopping(EvalkitError, exit_with=FAULTS, as_json=as_json):
        from evalkit import cli_code_parts as parts

        found = parts.claimed(_read(folder), folder, from_, to)
    _say_parts(found, as_json=as_json)


@code_app.command("pseudonymise")
def pseudonymise(
    folder: Folder,
    roster: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV of names and pseudonyms.", show_default=False),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where the key goes, or is.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The new folder.", show_default=False),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND", help="A kind of identifier to leave; may stand several times."
        ),
    ] = None,
    restore: Annotated[  # noqa: FBT002 (a flag)
        bool, typer.Option("--restore", help="Put the names back, with the key.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 (a flag)
) -> None:
    """Replace names and identifiers, into a new folder; without --out, only report what is there."""
    if restore and (key is None or out is None):
        raise typer.BadParameter("Give the key and a new folder: --key --out", param_hint="--key")
    if out is not None and not restore and (key is None or roster is None):
        raise typer.BadParameter("Give the roster and a place for the key", param_hint="--key")
    with stopping(EvalkitError, exit_with=FAULTS, as_json=as_json):
        from evalkit import cli_code_parts as parts

        made = _read(folder)
        if restore and key is not None and out is not None:
            found = parts.put_back(made, key, out)
        elif out is not None and key is not None and roster is not None:
            found = parts.replaced(made, roster, key, (folder, out), keep or ())
        else:
            found = parts.reported(made, roster)
    _say_parts(found, as_json=as_json)


@code_app.command("search")
def search(
    folder: Folder,
    words: Annotated[str, typer.Argument(metavar="WORDS", help="A word or several.")],
    width: Annotated[int, typer.Option(min=0, metavar="N", help="Characters on each side.")] = 60,
    part: Annotated[  # noqa: FBT002 (a flag)
        bool, typer.Option("--part", help="Also inside longer words.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 (a flag)
) -> None:
    """Find words in the sources, with what stands around them."""
    with stopping(EvalkitError, exit_with=FAULTS, as_json=as_json):
        from evalkit.coding.text.kwic import keyword_in_context

        made = _read(folder)
        found = keyword_in_context(made.sources, words, width=width, whole=not part)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        left, right = (" ".join(side.split()) for side in (one.left, one.right))
        place = f"{one.source}:{one.start}-{one.end}"
        typer.echo(plain(f"{place}  {left:>{width}} [{one.word}] {right}"))
    typer.echo(f"{len(found)} {'place' if len(found) == 1 else 'places'}.")


# -- what the commands share ----------------------------------------------------------------------


def _in_order(folder: Path, file: Path | None) -> tuple[Path, Path | None]:
    """Return the folder and the file, also when they were given the other way about."""
    if file is not None and (folder.is_file() or (folder / "data.qda").is_file()):
        return file, folder
    return folder, file


def _one_of(word: str, known: Collection[str], option: str) -> None:
    if word not in known:
        hint = nearest(word, known)
        raise typer.BadParameter(
            f"`{word}` is not known here. Give one of: {', '.join(known)}.{hint}", param_hint=option
        )


def _read(folder: Path) -> CodingProject:
    is_folder(folder)
    from evalkit.coding.project_folder import read_coding

    return read_coding(folder)


def _say_carried(
    where: Path, made: CodingProject, losses: Sequence[Loss], *, quiet: bool, as_json: bool
) -> None:
    """Say what was written, and everything that was not carried or changed."""
    names = ("sources", "codings", "cases", "memos", "claims")
    counts = {name: len(getattr(made, name)) for name in names} | {
        "codes": len(made.codebook.codes)
    }
    if as_json:
        rows = [asdict(loss) for loss in losses]
        print_json({"written": str(where), "counts": counts, "losses": rows})
    elif not quiet:
        typer.echo(f"Written: {where}")
        typer.echo(
            ", ".join(f"{many} {name}" for name, many in counts.items() if many) or "nothing"
        )
        for loss in losses:
            names_of = f": {', '.join(loss.where[:5])}" if loss.where else ""
            typer.echo(plain(f"{loss.severity}: {loss.count} {loss.kind} ({loss.why}){names_of}"))
        if not losses:
            typer.echo("Nothing was lost or changed.")


def _say_parts(found: dict[str, Any], *, as_json: bool) -> None:
    from evalkit.cli_code_parts import as_plain

    if as_json:
        print_json({name: as_plain(part) for name, part in found.items()})
        return
    for name, part in found.items():
        if name != "note":
            typer.secho(f"\n{name.replace('_', ' ').capitalize()}", bold=True)
        _say(part)


def _say(part: Any) -> None:
    """Print a table or words."""
    from evalkit.cli_code_parts import as_text

    typer.echo(plain(as_text(part)))
