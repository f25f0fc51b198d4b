"""The schemas of the standard, and where the files of other programs lie."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest
from lxml import etree

# Tests are no package: what several of them share is found here.
sys.path.insert(0, str(Path(__file__).parent))

GOLDEN = Path(__file__).parents[2] / "golden" / "exchange"


@pytest.fixture(scope="session")
def golden():
    return GOLDEN


@pytest.fixture(scope="session")
def project_schema():
    return etree.XMLSchema(etree.parse(str(GOLDEN / "Project-mrt2019.xsd")))


@pytest.fixture(scope="session")
def codebook_schema():
    return etree.XMLSchema(etree.parse(str(GOLDEN / "Codebook.xsd")))


@pytest.fixture(scope="session")
def assert_valid_project(project_schema):
    def check(path):
        with zipfile.ZipFile(path) as opened:
            project_schema.assertValid(etree.fromstring(opened.read("project.qde")))
            names = opened.namelist()
        assert names[0] == "project.qde"
        assert all(name.startswith("sources/") and name.count("/") == 1 for name in names[1:])

    return check
