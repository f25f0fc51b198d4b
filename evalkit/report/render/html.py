"""The report as one HTML file: inline styles named by their hash, no script, nothing fetched."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evalkit.report.document import Report
from evalkit.report.render.inline import inline
from evalkit.report.svg import writable

_PAGES = (("one", "On one page"), ("three", "On three pages"), ("all", "The whole"))
_NOT_UNDERSTOOD = (
    *("image", "link", "autolink", "reference", "heading", "lheading", "table", "hr"),
    *("blockquote", "code", "fence", "html_block", "html_inline", "entity"),
)
"""Parts of Markdown left as plain text: only emphasis, lists and paragraphs are understood."""


def html(report: Report) -> str:
    """Return the report as one HTML file."""
    style = _style()
    template = _environment().get_template("page.html.jinja")
    text = template.render(
        report=report,
        style=Markup(style),  # noqa: S704 (our own style sheet)
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        pages=[
            (page, title, [one for one in report.sections if one.page == page])
            for page, title in _PAGES
        ],
    )
    return writable(text).lstrip() + "\n"


@cache
def _style() -> str:
    path = files("evalkit.report.render").joinpath("report.css")
    return path.read_text(encoding="utf-8").replace("\r\n", "\n")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("evalkit.report.render", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["inline"] = inline
    environment.filters["picture"] = _picture
    environment.filters["prose"] = _prose
    environment.filters["kind"] = _kind
    return environment


def _kind(block: Any) -> str:
    return type(block).__name__


def _picture(svg: str) -> Markup:
    """Pass a picture through: the drawing layers escape every text in it."""
    return Markup(svg)  # noqa: S704 (drawn by evalkit.report.draw or evalkit.theory.diagram)


def _prose(text: str) -> Markup:
    """Return users' prose, of whose Markdown only emphasis and lists are understood."""
    return Markup(_markdown().render(text))  # noqa: S704 (js-default escapes all HTML)


@cache
def _markdown() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("js-default").disable(list(_NOT_UNDERSTOOD))
