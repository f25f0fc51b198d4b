"""What tests of tables share: writing awkward files."""

from __future__ import annotations

import openpyxl
import pytest


@pytest.fixture
def write(tmp_path):
    """Write a file of text or bytes and return its path."""

    def write(content, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def book(tmp_path):
    """Write a workbook of one sheet and return its path."""

    def book(rows, name="table.xlsx", title="Data"):
        workbook = openpyxl.Workbook()
        workbook.active.title = title
        for row in rows:
            workbook.active.append(row)
        workbook.save(tmp_path / name)
        return tmp_path / name

    return book


@pytest.fixture
def said():
    """Return the changes of a table as plain tuples."""
    return lambda table: [(change.column, change.what, change.count) for change in table.changes]


@pytest.fixture
def gaps():
    """Return the missing values of a table as plain tuples."""
    return lambda table: [(gap.column, gap.reason, gap.symbol, gap.count) for gap in table.missing]
