"""The report: one tree of blocks made from the record, written in several formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from evalkit.errors import EvalkitError, nearest
from evalkit.evaluation.model import Evaluation
from evalkit.files.write import write_whole

__all__ = ["RENDERERS", "render_html", "render_markdown", "write_report"]


def render_html(evaluation: Evaluation) -> str:
    """Return the report as one HTML file: no script, nothing fetched, the same bytes each time."""
    from evalkit.report.render.html import html
    from evalkit.report.report import report_of

    return html(report_of(evaluation))


def render_markdown(evaluation: Evaluation) -> str:
    """Return the report as Markdown, pictures as their tables."""
    from evalkit.report.render.markdown import markdown
    from evalkit.report.report import report_of

    return markdown(report_of(evaluation))


RENDERERS: dict[str, Callable[[Evaluation], str]] = {"html": render_html, "md": render_markdown}
"""The formats, and what writes each."""


def write_report(
    evaluation: Evaluation, out: Path, formats: Sequence[str] = ("html",)
) -> list[Path]:
    """Write the report into a folder, one file a format, all or none of them.

    Parameters
    ----------
    evaluation : Evaluation
        After `run`; before it, the report says that there is nothing yet.
    out : pathlib.Path
        A folder; it is made when absent.
    formats : sequence of str
        Names of `RENDERERS`.

    Returns
    -------
    list of pathlib.Path
        ``report.html`` and so on, in the order asked.

    Raises
    ------
    EvalkitError
        A format that is not known; nothing is written then.
    """
    for name in formats:
        if name not in RENDERERS:
            wrong = f"A report cannot be written as `{name}` in this version."
            hint = nearest(name, RENDERERS)
            raise EvalkitError(wrong, do=f"Use one or more of: {', '.join(RENDERERS)}.{hint}")
    texts = {name: RENDERERS[name](evaluation) for name in formats}
    paths = []
    for name, text in texts.items():
        path = Path(out) / f"report.{name}"
        write_whole(path, text)
        paths.append(path)
    return paths
