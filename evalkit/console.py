"""What all commands print and how they leave: 0 done, 1 the project has faults, 2 wrong usage."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from evalkit.errors import EvalkitError, Fault, ProjectError

DONE, FAULTS, WRONG_USAGE, STOPPED = 0, 1, 2, 130


def is_folder(folder: Path) -> Path:
    """Return the folder; wrong usage when there is none."""
    if not folder.is_dir():
        raise typer.BadParameter(
            f"There is no folder `{folder}`. Start one with `evalkit new {folder}`.",
            param_hint="DIR",
        )
    return folder


@contextlib.contextmanager
def stopping(kind: type[EvalkitError], *, exit_with: int, as_json: bool = False) -> Iterator[None]:
    """Print an error as faults, not as a traceback, and leave with the exit code for it."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("Stopped. Nothing was left half-written.", err=True)
        raise typer.Exit(STOPPED) from None
    except kind as error:
        found = error.faults if isinstance(error, ProjectError) else (error.fault(),)
        if as_json:
            print_json([asdict(fault) for fault in found])
        else:
            print_faults([fault for fault in found if fault.level == "fault"], err=True)
        raise typer.Exit(exit_with) from None


def print_faults(faults: Sequence[Fault], *, err: bool = False) -> None:
    """Print how many faults there are, and each with its place and remedy."""
    noun = "fault" if len(faults) == 1 else "faults"
    if faults:
        typer.secho(f"{len(faults)} {noun}", bold=True, fg="red", err=err)
    for fault in faults:
        print_one(fault, err=err)


def print_one(fault: Fault, *, err: bool = False) -> None:
    """Print one fault: where, what, and what to do."""
    place = f"{fault.where()}: " if fault.file else ""
    typer.echo(plain(f"{place}{fault.wrong}"), err=err)
    typer.echo(plain(f"    {fault.do}"), err=err)


def print_json(values: Any) -> None:
    """Print values as JSON on standard output."""
    typer.echo(json.dumps(values, indent=1, ensure_ascii=False))


def plain(text: str) -> str:
    """Return text without the characters that could steer a terminal."""
    return "".join(mark if mark.isprintable() or mark == "\n" else "?" for mark in text)
