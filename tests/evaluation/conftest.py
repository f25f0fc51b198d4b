"""The first template, copied, read and run once."""

from __future__ import annotations

import pytest

from evalkit.evaluation import Evaluation
from evalkit.protocol.templates import FIRST_CHOICE, new_project


@pytest.fixture(scope="session")
def ran(tmp_path_factory):
    """The record of the template, run."""
    folder = tmp_path_factory.mktemp("template") / "project"
    return Evaluation.read(new_project(FIRST_CHOICE, folder)).run(seed=1)


@pytest.fixture
def folder(tmp_path):
    """A copy of the template that may be changed."""
    return new_project(FIRST_CHOICE, tmp_path / "project")


@pytest.fixture
def change(folder):
    """Replace words once in a file of the copy."""

    def replace(file, old, new):
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace
