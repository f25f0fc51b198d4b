"""Every error evalkit raises, and the record of a fault in a user's file.

::

    EvalkitError
    |-- ProjectError        faults in the files of a project folder (carries every one of them)
    |-- DataError           a table or a frame that cannot be used
    |-- DesignError         a design that cannot be run on this data, or an option it does not know
    |-- CodingError         a source, a code or a quotation that cannot be placed
    |-- ResultsError        a results file that cannot be read or does not fit its schema
    `-- MissingExtraError   an optional part of evalkit is not installed

Each error says what is wrong, where, and what to do. The remedy is a required argument.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong, or worth knowing, in a file that a user wrote.

    Attributes
    ----------
    file : str
        Path of the file, relative to the project folder.
    line : int
        Line number from 1; 0 when the whole file is meant.
    wrong : str
        What is wrong, in a plain sentence.
    do : str
        What to do about it.
    level : {"fault", "advice"}
        A fault stops the run; advice never does.
    heading : str
        The heading it belongs under in the check's print, for example ``"testable"``.
    """

    file: str
    line: int
    wrong: str
    do: str
    level: Literal["fault", "advice"] = "fault"
    heading: str = ""

    def where(self) -> str:
        """Return ``file:line``, or the file alone when no line is known."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        """Return the fault as one line of text."""
        return f"{self.where()}: {self.wrong} {self.do}"


class EvalkitError(Exception):
    """Base of all errors of evalkit.

    Parameters
    ----------
    wrong : str
        What is wrong, and which thing is meant, as a sentence.
    do : str
        What to do about it, as a sentence.
    file : str, optional
        The file it is about.
    line : int, optional
        The line in that file, from 1.
    """

    def __init__(self, wrong: str, *, do: str, file: str = "", line: int = 0) -> None:
        self.wrong, self.do, self.file, self.line = wrong, do, file, line
        place = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(f"{place}{wrong} {do}")

    def fault(self, file: str = "", line: int = 0) -> Fault:
        """Return the error as a `Fault`, placed in `file` unless it already knows its own."""
        return Fault(self.file or file, self.line or line, self.wrong, self.do)


class ProjectError(EvalkitError):
    """Faults in a project folder; every one of them is in ``faults``."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(faults))
        count = len(self.faults)
        noun = "fault" if count == 1 else "faults"
        listing = "\n".join(str(fault) for fault in self.faults)
        super().__init__(
            f"The project has {count} {noun}:\n{listing}\n",
            do="Mend them and run `evalkit check` again.",
        )


class DataError(EvalkitError):
    """A table or a frame that cannot be used as it is."""


class DesignError(EvalkitError):
    """A design that cannot be run on this data, or an option that it does not know."""


class CodingError(EvalkitError):
    """A source, a code or a quotation that cannot be placed."""


class ResultsError(EvalkitError):
    """A results file that cannot be read, or does not fit its schema."""


class MissingExtraError(EvalkitError):
    """An optional part of evalkit is needed and is not installed."""

    def __init__(self, needs: str, extra: str) -> None:
        super().__init__(
            f"This needs {needs}, which is not installed.",
            do=f'Install it with: python -m pip install ".[{extra}]"',
        )


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean `x`?"`` for the known word nearest to `word`, or an empty string."""
    names = sorted(known)
    close = 0.6 if len(word) > 4 else 0.5  # of a short id half may be wrong
    found = difflib.get_close_matches(word, names, n=1, cutoff=close)
    return f" Did you mean `{found[0]}`?" if found else ""
