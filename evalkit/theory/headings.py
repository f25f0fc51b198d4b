"""The ten headings under which a theory is looked at, and what each asks."""

from __future__ import annotations

from collections.abc import Mapping

SOURCE = (
    "Davies, R. (2012). Criteria for assessing the evaluability of Theories of Change."
    " Rick on the Road (headings only; the questions are in our own words)."
)
HEADINGS: Mapping[str, str] = {
    "understandable": "Can someone new follow it: short boxes with one idea each?",
    "verifiable": "Is there something to measure for each outcome that matters?",
    "testable": "For each link we test, do we know what we would see if it held, and if not?",
    "explained": "Does each link say why one thing should lead to the next?",
    "complete": "Does everything that is done lead somewhere, without leaps?",
    "inclusive": "Did those it is about help to shape it, and is disagreement kept?",
    "justifiable": "Is there earlier research, or an open “we do not know”?",
    "plausible": "Is it said how likely each tested link is, when to look, and what else could be?",
    "owned": "Do those who must act on it agree to it?",
    "embedded": "Is it kept up as things change, with a date and a reason?",
}
