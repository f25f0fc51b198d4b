"""The program that opens one file in a process of its own."""

from __future__ import annotations

import ast
import datetime as dt
import sys
from pathlib import Path

import pytest

from evalkit.data import child


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ("007", "007"),
        (True, "TRUE"),
        (5.0, "5"),
        (0.1, "0.1"),
        (1e22, "1e+22"),
        (3, "3"),
        (dt.date(2024, 3, 4), "2024-03-04"),
        (dt.datetime(2024, 3, 4), "2024-03-04"),  # noqa: DTZ001 (cells have no time zone)
        (dt.datetime(2024, 3, 4, 9, 30), "2024-03-04 09:30:00"),  # noqa: DTZ001 (the same)
        (dt.time(9, 30), "09:30:00"),
    ],
)
def test_cells_become_the_text_a_csv_would_hold(value, text):
    """So that one way of typing columns serves both."""
    assert child.as_text(value) == text


def test_the_child_starts_with_the_standard_library_alone():
    """Anything heavier at its top would be paid for at every workbook."""
    tree = ast.parse(Path(child.__file__).read_text("utf-8"))
    names = [
        name.name if isinstance(node, ast.Import) else node.module
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    ]
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names
