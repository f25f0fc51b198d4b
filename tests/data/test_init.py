"""What the package offers, and what it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import evalkit.data


def test_every_public_name_is_there():
    """The list and the modules agree."""
    for name in evalkit.data.__all__:
        assert getattr(evalkit.data, name).__doc__
    assert dir(evalkit.data) == sorted(evalkit.data.__all__)


def test_an_unknown_name_is_an_attribute_error():
    """As in any module."""
    with pytest.raises(AttributeError, match="no attribute 'tables'"):
        evalkit.data.tables  # noqa: B018 (reading it is the test)


def test_importing_the_package_loads_no_pandas():
    """Names are resolved when they are first used."""
    program = "import sys, evalkit.data; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
