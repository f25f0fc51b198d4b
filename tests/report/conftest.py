from __future__ import annotations

import sys
from pathlib import Path

import pytest

from evalkit.evaluation.model import Evaluation
from evalkit.report import render_html

sys.path.insert(0, str(Path(__file__).parent))

import sample as samples


@pytest.fixture(scope="session")
def whole() -> Evaluation:
    return samples.sample()


@pytest.fixture(scope="session")
def page(whole) -> str:
    return render_html(whole)


@pytest.fixture(scope="session")
def nothing() -> Evaluation:
    return samples.empty()


@pytest.fixture(scope="session")
def few() -> Evaluation:
    return samples.small()


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()
