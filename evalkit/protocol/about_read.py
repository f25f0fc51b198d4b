"""Reading ``evaluation.yaml`` into an `About`, with every fault and its line."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from evalkit.files.record import CONFIG, read_record
from evalkit.files.yaml import read_yaml
from evalkit.protocol.about import About, Agreement, Cost, Partner, Status
from evalkit.protocol.shapes import Plain, Some, Words


@dataclass(frozen=True, slots=True)
class PlaceShape:
    """Where it happens."""

    __pydantic_config__ = CONFIG
    name: str
    kind: Some = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class RunsShape:
    """From when to when."""

    __pydantic_config__ = CONFIG
    from_: Annotated[str, Field(alias="from")]
    to: str = ""


@dataclass(frozen=True, slots=True)
class InterventionShape:
    """The headings of TIDieR (Hoffmann and others, 2014), in plain words."""

    __pydantic_config__ = CONFIG
    name: str
    why: Words = ""
    materials: Words = ()
    procedures: Words = ()
    who_provided: Words = ()
    how: Words = ""
    where: Words = ""
    when_and_how_much: Words = ""
    tailoring: Words = ""
    modifications: Words = ""
    how_well_planned: Words = ""
    how_well_actual: Words = ""


@dataclass(frozen=True, slots=True)
class PartnerShape:
    """One entry of ``partners``."""

    __pydantic_config__ = CONFIG
    id: str
    name: str
    role: str = ""
    decides: Some = ()


@dataclass(frozen=True, slots=True)
class AgreementShape:
    """One entry of ``agreements``."""

    __pydantic_config__ = CONFIG
    what: str
    between: Some = ()
    state: Literal["signed", "waiting", "refused"] = "waiting"
    holds_up: Some = ()


@dataclass(frozen=True, slots=True)
class CostShape:
    """One entry of ``money``."""

    __pydantic_config__ = CONFIG
    what: str
    amount: Annotated[float, Field(ge=0)]
    per: str = ""
    paid_by: str = ""
    kind: Literal["start-up", "running"] = "running"


@dataclass(frozen=True, slots=True)
class EthicsShape:
    """The entry ``ethics``."""

    __pydantic_config__ = CONFIG
    approved_by: str = ""
    reference: str = ""
    consent: str = ""
    data_protection: str = ""
    note: str = ""


def _with_commas(value: Any) -> Any:
    """Put words back together that a comma inside ``{...}`` has made into a key without a value."""
    if not isinstance(value, dict):
        return value
    whole: dict[str, Any] = {}
    for key, words in value.items():
        last = next(reversed(whole), None)
        if words is None and last is not None and isinstance(whole[last], str) and " " in key:
            whole[last] += f", {key}"
        else:
            whole[key] = words
    return whole


@dataclass(frozen=True, slots=True)
class AboutShape:
    """The whole of ``evaluation.yaml``."""

    __pydantic_config__ = CONFIG
    format: Literal["evalkit/1"]
    title: str
    short_name: str = ""
    status: Status = "draft"
    place: PlaceShape | None = None
    runs: RunsShape | None = None
    size: dict[str, Plain] = field(default_factory=dict)
    intervention: InterventionShape | None = None
    partners: tuple[PartnerShape, ...] = ()
    agreements: tuple[AgreementShape, ...] = ()
    audiences: Some = ()
    money: tuple[CostShape, ...] = ()
    ethics: Annotated[EthicsShape | None, BeforeValidator(_with_commas)] = None
    standpoint: str = ""
    sources_of_data: Some = ()


def read_about(path: Path, *, file: str = "evaluation.yaml") -> About:
    """Read what is evaluated, by whom and for whom.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    file : str, optional
        The name it is given in messages.

    Raises
    ------
    ProjectError
        Every key and value that does not fit, with its line.
    """
    shape = read_record(read_yaml(path, file=file), AboutShape)
    return About(
        title=shape.title,
        short_name=shape.short_name,
        status=shape.status,
        place=_given(shape.place),
        runs=(shape.runs.from_, shape.runs.to) if shape.runs else ("", ""),
        size=shape.size,
        intervention=_given(shape.intervention),
        partners=tuple(Partner(**asdict(it)) for it in shape.partners),
        agreements=tuple(Agreement(**asdict(it)) for it in shape.agreements),
        audiences=shape.audiences,
        money=tuple(Cost(**asdict(it)) for it in shape.money),
        ethics=_given(shape.ethics),
        standpoint=shape.standpoint,
        sources_of_data=shape.sources_of_data,
        file=file,
    )


def _given(shape: PlaceShape | InterventionShape | EthicsShape | None) -> dict[str, Words]:
    """Return what was written, without the keys left out."""
    return {} if shape is None else {key: value for key, value in asdict(shape).items() if value}
