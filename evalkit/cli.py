"""The command ``evalkit``. Exit 0: done; 1: the project has faults, all printed; 2: wrong usage.

Everything heavy is imported inside the commands, so that ``evalkit --help`` answers at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from evalkit import __version__
from evalkit.cli_code import code_app
from evalkit.console import (
    DONE,
    FAULTS,
    WRONG_USAGE,
    is_folder,
    plain,
    print_faults,
    print_json,
    print_one,
    stopping,
)
from evalkit.errors import EvalkitError, Fault, ProjectError

FORMATS = ("html",)

app = typer.Typer(
    help="Evaluate complex interventions: from a project folder to an honest report.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(code_app, name="code")

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="The project folder.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but faults.")]


def main() -> None:
    """Run the command line (the console entry of the package)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console that lacks a letter shows `?`, not an error
            stream.reconfigure(errors="replace")
    app()


@app.callback(invoke_without_command=True)
def _evalkit(
    version: Annotated[  # noqa: FBT002 (a flag of the command line)
        bool, typer.Option("--version", help="Show the version and leave.")
    ] = False,
) -> None:
    if version:
        typer.echo(f"evalkit {__version__}")
        raise typer.Exit(DONE)


@app.command()
def new(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The folder to make.", show_default=False)
    ] = None,
    from_: Annotated[
        str, typer.Option("--from", metavar="NAME", help="A template or case study (see --list).")
    ] = "",
    show: Annotated[  # noqa: FBT002 (a flag of the command line)
        bool, typer.Option("--list", help="Show the templates and case studies.")
    ] = False,
) -> None:
    """Start a project folder from a template or a case study."""
    from evalkit.protocol.templates import FIRST_CHOICE, new_project, templates

    if show:
        for name, it in templates().items():
            typer.echo(f"{name}  ({it.kind})\n    {plain(it.title)}")
        return
    if folder is None:
        raise typer.BadParameter("Name the folder to make: evalkit new DIR", param_hint="DIR")
    with stopping(EvalkitError, exit_with=WRONG_USAGE):
        made = new_project(from_ or FIRST_CHOICE, folder)
        typer.echo(f"Made {made} from {from_ or FIRST_CHOICE}.")
        typer.echo(f"Next: fill in its files, then `evalkit check {made}`.")


@app.command()
def check(folder: Folder, as_json: AsJson = False) -> None:  # noqa: FBT002 (a flag)
    """Find every fault in a project at once."""
    with stopping(EvalkitError, exit_with=FAULTS):
        found = _checked(folder)
    if as_json:
        print_json([asdict(fault) for fault in found])
    else:
        _print_check(found)
    if _faults(found):
        raise typer.Exit(FAULTS)


@app.command()
def lock(folder: Folder, quiet: Quiet = False) -> None:  # noqa: FBT002 (a flag)
    """Freeze the plan and print its fingerprint."""
    from datetime import UTC, datetime

    from evalkit.protocol.lock import LOCK, lock_project, read_lock

    with stopping(ProjectError, exit_with=FAULTS):
        before = read_lock(is_folder(folder))
        today = datetime.now(UTC).date().isoformat()
        made = lock_project(folder, on=today, faults=_checked(folder))
    if quiet:
        return
    if made == before:
        typer.echo(f"Nothing has changed since {made.on}: {folder / LOCK} stays as it is.")
    else:
        typer.echo(f"Locked: {folder / LOCK}")
    typer.echo(f"Fingerprint (note it somewhere safe): {made.sha256}")
    if made.previous:
        typer.echo(f"Follows the lock: {made.previous}")


@app.command()
def run(
    folder: Folder,
    out: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Where to write (DIR/out).", show_default=False),
    ] = None,
    jobs: Annotated[
        int, typer.Option(metavar="N", min=0, help="Workers; 0 for one to each core.")
    ] = 0,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Seed of all chance.", show_default=False),
    ] = None,
    quiet: Quiet = False,  # noqa: FBT002 (a flag)
    as_json: AsJson = False,  # noqa: FBT002 (a flag)
) -> None:
    """Compute everything and write results.json and the report."""
    target = out if out is not None else is_folder(folder) / "out"
    options: dict[str, Any] = {"jobs": jobs or os.cpu_count() or 1}
    if seed is not None:
        options["seed"] = seed
    with stopping(EvalkitError, exit_with=FAULTS, as_json=as_json):
        from evalkit.evaluation import Evaluation, save
        from evalkit.report import write_report

        with _progress(quiet=quiet or as_json) as tell:
            tell("Reading the project")
            evaluation = Evaluation.read(is_folder(folder)).run(progress=tell, **options)
            tell("Writing the report")
            results = save(evaluation, target)
            reports = write_report(evaluation, target, formats=FORMATS)
    _say_where(results, reports, quiet=quiet, as_json=as_json)


@app.command()
def report(
    results: Annotated[
        Path, typer.Argument(metavar="RESULTS.json", help="Written by `evalkit run`.")
    ],
    to: Annotated[str, typer.Option(metavar="FORMATS", help="Formats, with commas: html.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Where to write (beside the results).", show_default=False
        ),
    ] = None,
    quiet: Quiet = False,  # noqa: FBT002 (a flag)
    as_json: AsJson = False,  # noqa: FBT002 (a flag)
) -> None:
    """Write the report again without computing."""
    formats = _formats(to)
    with stopping(EvalkitError, exit_with=FAULTS, as_json=as_json):
        from evalkit.evaluation import load
        from evalkit.report import write_report

        target = out if out is not None else results.parent
        reports = write_report(load(results), target, formats=formats)
    _say_where(results, reports, quiet=quiet, as_json=as_json)


# -- what the commands share ----------------------------------------------------------------------


def _formats(to: str) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(part.strip() for part in to.split(",") if part.strip()))
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown or not wanted:
        which = f"`{unknown[0]}`" if unknown else "Nothing"
        raise typer.BadParameter(
            f"{which} cannot be written by this version. It writes: {', '.join(FORMATS)}.",
            param_hint="--to",
        )
    return wanted


def _checked(folder: Path) -> list[Fault]:
    """Return faults and advice on a project, however they come."""
    is_folder(folder)
    from evalkit.evaluation import check_project

    try:
        return sorted(check_project(folder))
    except ProjectError as error:
        return list(error.faults)
    except EvalkitError as error:
        return [error.fault()]


def _faults(found: Sequence[Fault]) -> list[Fault]:
    return [fault for fault in found if fault.level == "fault"]


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows what is being done, on standard error; it also heeds Ctrl-C."""
    with _interrupts() as heed, _shown(quiet=quiet) as show:

        def tell(words: str) -> None:
            heed()
            show(words)

        yield tell


@contextlib.contextmanager
def _shown(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    if quiet:
        yield lambda _words: None
    elif not sys.stderr.isatty():
        yield lambda words: typer.echo(plain(words), err=True)
    else:
        from rich.console import Console
        from rich.text import Text

        with Console(stderr=True).status("") as status:
            yield lambda words: status.update(Text(plain(words)))


@contextlib.contextmanager
def _interrupts() -> Iterator[Callable[[], None]]:
    """Yield a check that raises a Ctrl-C which struck where Python would have forgotten it.

    What is raised inside ``__del__``, or in what the compiler calls back, is printed and forgotten.
    There the stroke is kept, and tried again a moment later (where there is an alarm), or at the
    next step.
    """
    struck: list[int] = []
    alarm = getattr(signal, "SIGALRM", None)

    def strike(number: int, frame: FrameType | None) -> None:
        struck.append(number)
        if not _forgetful(frame):
            raise KeyboardInterrupt
        if alarm is not None:
            signal.setitimer(signal.ITIMER_REAL, 0.05)

    def heed() -> None:
        if struck:
            raise KeyboardInterrupt

    numbers = [signal.SIGINT] if alarm is None else [signal.SIGINT, alarm]
    before = {number: signal.signal(number, strike) for number in numbers}
    try:
        yield heed
    finally:
        if alarm is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _forgetful(frame: FrameType | None) -> bool:
    """Return whether what is raised here would be forgotten."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if frame.f_code.co_name == "__del__" or module.startswith("llvmlite."):
            return True
        frame = frame.f_back
    return False


def _say_where(results: Path, reports: Sequence[Path], *, quiet: bool, as_json: bool) -> None:
    if as_json:
        print_json({"results": str(results), "reports": [str(path) for path in reports]})
    elif not quiet:
        typer.echo(f"Results: {results}")
        for path in reports:
            typer.echo(f"Report:  {path}")


def _print_check(found: Sequence[Fault]) -> None:
    faults = _faults(found)
    print_faults(faults)
    advice = [fault for fault in found if fault.level == "advice"]
    for heading in dict.fromkeys(fault.heading for fault in advice):
        typer.secho(f"\nAdvice: {heading or 'other'}", bold=True)
        for fault in advice:
            if fault.heading == heading:
                print_one(fault)
    if not faults:
        count = f", {len(advice)} {'piece' if len(advice) == 1 else 'pieces'} of advice"
        typer.secho(f"\nNo faults{count if advice else ''}.", fg="green")
