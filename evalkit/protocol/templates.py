"""Ready-made projects: protocol templates and case studies, from a clone or an installed wheel."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evalkit.errors import EvalkitError, ProjectError, nearest
from evalkit.files.yaml import read_yaml

FIRST_CHOICE = "before_and_after_with_comparison"
_KINDS: dict[Literal["template", "case study"], str] = {
    "template": "protocols",
    "case study": "case_studies",
}
_LEFT_BEHIND = ("out", "report.html", "results.json", "__pycache__", "*.pyc", ".*")


@dataclass(frozen=True, slots=True)
class Template:
    """A project that a new one can start from: its name, kind, title and folder."""

    name: str
    kind: Literal["template", "case study"]
    title: str
    path: Path


def shipped() -> Path:
    """Return the folder that holds ``protocols/`` and ``case_studies/``.

    A wheel carries them inside the package; in a clone they stand beside it.
    """
    package = Path(__file__).resolve().parent.parent
    inside = package / "_shipped"
    return inside if inside.is_dir() else package.parent


def templates() -> dict[str, Template]:
    """Return every template and case study by name, templates first."""
    found: dict[str, Template] = {}
    for kind, folder in _KINDS.items():
        for path in sorted((shipped() / folder).glob("*/evaluation.yaml")):
            name = path.parent.name
            found[name] = Template(name, kind, _title(path), path.parent)
    return found


def _title(path: Path) -> str:
    try:
        return str(read_yaml(path).values.get("title", path.parent.name))
    except ProjectError:  # a list must not fail because one of its entries is being edited
        return path.parent.name


def new_project(name: str, target: Path) -> Path:
    """Copy a template or a case study into a new project folder, whole or not at all.

    Results and reports of the original are left behind.

    Parameters
    ----------
    name : str
        A name of `templates`.
    target : pathlib.Path
        The folder to make; it may exist when it is empty.

    Returns
    -------
    pathlib.Path
        The folder made.

    Raises
    ------
    EvalkitError
        There is no such template, or the target is a file or a folder with something in it.
    """
    known = templates()
    if name not in known:
        hint = nearest(name, known).strip() or f"There are: {', '.join(known)}."
        raise EvalkitError(f"There is no template or case study `{name}`.", do=hint)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise EvalkitError(
            f"`{target}` is there already and is not an empty folder.",
            do="Name a folder that does not exist yet.",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".evalkit-new-") as passing:
        whole = Path(passing) / "project"
        shutil.copytree(known[name].path, whole, ignore=shutil.ignore_patterns(*_LEFT_BEHIND))
        if target.exists():
            target.rmdir()
        whole.rename(target)
    return target
