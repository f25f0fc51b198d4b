"""Make the README's picture: page one of the real Opportunity Areas report, as a browser shows it.

    python docs/make_picture.py [report.html]

Without a report it runs the case first. Needs the test extra and Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CASE = ROOT / "case_studies" / "opportunity_areas"
PICTURE = ROOT / "docs" / "images" / "report.png"
SIZE = {"width": 1180, "height": 1500}


def main(words: list[str]) -> None:
    """Make the picture of the report named, or of a new one."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(words[0]) if words else Path(folder) / "report.html"
        if not words:
            command = [sys.executable, "-m", "evalkit", "run", str(CASE), "--out", folder]
            subprocess.run(command, check=True)  # noqa: S603 (our own command)
        picture(report.resolve())


def picture(report: Path) -> None:
    """Take the picture of the top of a report."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport=SIZE)
        page.goto(report.as_uri())
        page.screenshot(path=str(PICTURE))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
