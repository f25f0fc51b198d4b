"""The documentation builds without a warning, and what it shows is what happens."""

from __future__ import annotations

import contextlib
import doctest
import importlib.util
import io
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
SLOW = ("designs/multilevel.md",)
GUIDES = (
    "guide/first-report.md",
    *("guide/python.md", "any-design.md", "trends.md", "confounding.md"),
    *("reading-sources.md", "coding-store.md", "exchange.md", "priors.md"),
    *("working-with-codes.md", "claims.md", "pseudonyms.md", "synthesis.md"),
    *(
        pytest.param(name, marks=pytest.mark.slow if name in SLOW else ())
        for name in sorted(f"designs/{path.name}" for path in (DOCS / "designs").glob("*.md"))
    ),
)
FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
CAPTION = re.compile(r":caption: (?P<file>\S+)\n\n")
BARE_INSTALL = re.compile(r"pip3?\s+install\s+(?:-\S+\s+)*[\"']?evalkit(?![-\w])")


def blocks(page: Path) -> list[tuple[str, str]]:
    text = page.read_text(encoding="utf-8")
    return [(found["kind"].strip(), found["body"]) for found in FENCE.finditer(text)]


def same(expected: str, got: str) -> bool:
    """Compare a shown answer with the real one; `...` stands for anything."""
    wanted, found = (
        "\n".join(map(str.rstrip, one.strip().splitlines())) for one in (expected, got)
    )
    return doctest.OutputChecker().check_output(f"{wanted}\n", f"{found}\n", doctest.ELLIPSIS)


def run_python(code: str, names: dict[str, object]) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, "<documentation>", "exec"), names)
    return said.getvalue()


def run_console(body: str, folder: Path) -> None:
    """Run each `$ evalkit ...` of a block; compare its answer, and its exit with `1 fault`."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        words = command.split()
        assert words[0] == "evalkit", command
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False
        )
        wrong = re.match(r"\d+ faults?$", shown, re.MULTILINE) is not None
        assert done.returncode == int(wrong), f"{command}\n{done.stdout}{done.stderr}"
        assert same(shown, done.stdout), f"{command}\n{done.stdout}"


def edit(body: str, folder: Path) -> None:
    """Do to a file what a block of kind diff shows."""
    caption = CAPTION.match(body)
    assert caption, "A change must name its file in :caption:"
    path = folder / caption["file"]
    lines = body[caption.end() :].splitlines()
    before = "".join(f"{line[2:]}\n" for line in lines if line.startswith("-"))
    after = "".join(f"{line[2:]}\n" for line in lines if line.startswith("+"))
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"not once in {caption['file']}:\n{before}"
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.parametrize("name", GUIDES)
def test_what_a_guide_shows_is_what_happens(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for option in ("display.precision", "display.width", "display.float_format"):
        pd.reset_option(option)  # a page may set them for itself
    names: dict[str, object] = {}
    said = None
    ran = 0
    for kind, body in blocks(DOCS / name):
        if said is not None and kind == "text":
            assert same(body, said), f"shown:\n{body}\nsaid:\n{said}"
        said = None
        if kind == "python":
            said = run_python(body, names)
            ran += 1
        elif kind == "console":
            run_console(body, tmp_path)
            ran += 1
        elif kind.startswith("{code-block} diff"):
            edit(body, tmp_path)
    assert ran > 0
    if name == GUIDES[0]:
        assert (tmp_path / "my-evaluation" / "out" / "report.html").is_file()


@pytest.mark.slow
def test_the_documentation_builds_without_a_warning(tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"),
            *("-d", str(tmp_path / "trees"), str(DOCS), str(tmp_path / "html")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "html" / "guide" / "first-report.html").is_file()
    pages = [page.read_text(encoding="utf-8") for page in (tmp_path / "html").rglob("*.html")]
    assert not [text for text in pages if re.search(r"<(script|link|img)[^>]*=\"https?:", text)]


def test_the_page_of_rules_is_the_one_the_code_makes():
    spec = importlib.util.spec_from_file_location("make_rules", DOCS / "make_rules.py")
    make_rules = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_rules)
    assert (DOCS / "rules.md").read_text(encoding="utf-8") == make_rules.rules_page()


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.name)
def test_no_page_installs_the_other_project_of_this_name(page):
    assert not BARE_INSTALL.search(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "line", ["pip install " + "evalkit", "python -m pip install -U " + "'evalkit'"]
)
def test_the_search_for_the_bare_install_finds_it(line):
    assert BARE_INSTALL.search(line)


def test_every_command_is_in_the_documentation():
    from typer.main import get_command

    from evalkit.cli import app

    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    missing = [name for name in get_command(app).commands if f"`evalkit {name} " not in page]
    assert not missing


def test_every_design_has_a_page():
    from evalkit.impact.designs import DESIGNS

    assert {path.stem for path in (DOCS / "designs").glob("*.md")} == set(DESIGNS)


def test_every_key_of_the_files_is_in_the_page_on_formats():
    from dataclasses import fields

    from evalkit.protocol.shapes import AnalysisShape, OutcomeShape, ProtocolShape, TableShape
    from evalkit.theory.shapes import LinkShape, TheoryFile

    page = (DOCS / "formats.md").read_text(encoding="utf-8")
    shapes = (AnalysisShape, LinkShape, OutcomeShape, ProtocolShape, TableShape, TheoryFile)
    keys = {field.name.rstrip("_") for shape in shapes for field in fields(shape)}
    assert not [key for key in sorted(keys) if not re.search(rf"\b{key}\b", page)]
