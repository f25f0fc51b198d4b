"""What the tests of readers share: files in a folder, and the talk in every format."""

import sys
from pathlib import Path

import pytest

# `documents` and `mutations` stand beside the tests; the benchmark uses them too.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def put(tmp_path):
    """Return a function that writes a file and returns its path."""

    def put(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return put
