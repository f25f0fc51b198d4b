"""The sections of the report, in order; each makes itself from the record alone."""

from __future__ import annotations

from collections.abc import Callable

from evalkit.evaluation.model import Evaluation
from evalkit.report.document import Section
from evalkit.report.sections.configurations import configurations
from evalkit.report.sections.data import data
from evalkit.report.sections.departures import departures
from evalkit.report.sections.equity import equity
from evalkit.report.sections.estimates import estimates
from evalkit.report.sections.judged import judged
from evalkit.report.sections.links import links
from evalkit.report.sections.one_page import one_page
from evalkit.report.sections.programme import programme
from evalkit.report.sections.provenance import provenance
from evalkit.report.sections.questions import questions
from evalkit.report.sections.rules import rules
from evalkit.report.sections.signs import signs
from evalkit.report.sections.story import story
from evalkit.report.sections.texts import texts
from evalkit.report.sections.theory import theory
from evalkit.report.sections.why import why

STANDARD: dict[str, Callable[[Evaluation], Section]] = {
    "one_page": one_page,
    "story": story,
    "links": links,
    "why": why,
    "equity": equity,
    "programme": programme,
    "theory": theory,
    "questions": questions,
    "estimates": estimates,
    "data": data,
    "texts": texts,
    "signs": signs,
    "configurations": configurations,
    "judged": judged,
    "departures": departures,
    "rules": rules,
    "provenance": provenance,
}
"""One page, three pages, then the whole."""
