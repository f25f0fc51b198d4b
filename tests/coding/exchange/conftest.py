"""Where the files of other programs lie."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def golden():
    return Path(__file__).parents[2] / "golden" / "exchange"
