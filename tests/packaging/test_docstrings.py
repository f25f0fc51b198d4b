"""Public functions say what goes in, what comes out and in which form (numpydoc)."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest
from numpydoc.validate import validate

import evalkit
from evalkit.impact.designs import DESIGNS

ALWAYS = {
    "GL03",  # two blank lines in a row
    "GL08",  # no docstring
    "PR02",  # a parameter is described that is not there
    "SS03",  # the summary does not end with a full stop
}
WHOLE = {
    *ALWAYS,
    "PR01",  # a parameter is not described
    "RT01",  # nothing said of what is returned
}
CONTRACT = (
    *(f"evalkit.{name}" for name in evalkit.__all__),
    "evalkit.coding.agreement.agreement",
    "evalkit.evaluation.run.run",
    "evalkit.impact.designs.design_options",
)


def modules():
    """Return the names of all modules of the package."""
    found = pkgutil.walk_packages(evalkit.__path__, "evalkit.")
    return sorted(one.name for one in found if "._" not in one.name)


def public(module):
    """Return the full names of the public functions and classes a module defines."""
    there = importlib.import_module(module)
    return [
        f"{module}.{name}"
        for name, it in vars(there).items()
        if not name.startswith("_")
        and (inspect.isfunction(it) or inspect.isclass(it))
        and it.__module__ == module
    ]


def told(name, codes):
    """Return what numpydoc finds wrong with a docstring, of the kinds asked for."""
    return [f"{name}: {code} {words}" for code, words in validate(name)["errors"] if code in codes]


@pytest.mark.parametrize("module", modules())
def test_every_public_name_has_a_docstring_in_form(module):
    assert [fault for name in public(module) for fault in told(name, ALWAYS)] == []


def is_function(name):
    module, _, last = name.rpartition(".")
    return inspect.isfunction(getattr(importlib.import_module(module), last, None))


@pytest.mark.parametrize("name", [name for name in CONTRACT if is_function(name)])
def test_functions_users_call_describe_every_parameter_and_their_result(name):
    assert told(name, WHOLE) == []


def test_every_promised_name_of_the_package_is_there():
    assert [name for name in evalkit.__all__ if not hasattr(evalkit, name)] == []


@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_can_be_called_from_the_package(name):
    assert getattr(evalkit, name) is DESIGNS[name]
