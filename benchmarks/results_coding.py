"""Writes one script's part of results_coding.md and leaves the others' as they are."""

from __future__ import annotations

import platform
import re
from pathlib import Path

PAGE = Path(__file__).parent / "results_coding.md"
TITLE = "# Agreement and words: evalkit beside others\n"


def write_part(script: str, heading: str, about: str, lines: list[str]) -> None:
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else TITLE
    made = (
        f"Made by `python benchmarks/{script}` with Python {platform.python_version()} on "
        f"{platform.system()}, a machine with other work."
    )
    part = "\n".join([f"## {heading}", "", made, about, "", *lines, ""])
    kept = [it for it in re.split(r"\n(?=## )", page) if not it.startswith(f"## {heading}\n")]
    page = "\n".join([*(it.rstrip() + "\n" for it in kept), part])
    PAGE.write_text(page, encoding="utf-8")
    print(part)
