"""``evaluation.yaml``: what is evaluated, where, by whom, for whom, at what cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["illustration", "draft", "locked", "final"]


@dataclass(frozen=True, slots=True)
class Partner:
    """Who takes part, in which role, deciding what."""

    id: str
    name: str
    role: str = ""
    decides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement between partners; while it waits, the files it holds up may be absent."""

    what: str
    between: tuple[str, ...] = ()
    state: Literal["signed", "waiting", "refused"] = "waiting"
    holds_up: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """One cost: amount, per what, who pays, start-up or running."""

    what: str
    amount: float
    per: str = ""
    paid_by: str = ""
    kind: Literal["start-up", "running"] = "running"


@dataclass(frozen=True, slots=True)
class About:
    """The contents of ``evaluation.yaml``.

    ``intervention`` holds the TIDieR headings (name, why, materials, procedures, who_provided, how,
    where, when_and_how_much, tailoring, modifications, how_well_planned, how_well_actual), each as
    words or a tuple of words. ``runs`` is ``(from, to)`` as written.
    """

    title: str
    short_name: str = ""
    status: Status = "draft"
    place: Mapping[str, Any] = field(default_factory=dict)
    runs: tuple[str, str] = ("", "")
    size: Mapping[str, Any] = field(default_factory=dict)
    intervention: Mapping[str, Any] = field(default_factory=dict)
    partners: tuple[Partner, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    audiences: tuple[str, ...] = ()
    money: tuple[Cost, ...] = ()
    ethics: Mapping[str, Any] = field(default_factory=dict)
    standpoint: str = ""
    sources_of_data: tuple[str, ...] = ()
    file: str = "evaluation.yaml"
