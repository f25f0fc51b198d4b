"""A large project goes in and comes out in seconds; `benchmarks/store_size.py` measures more."""

import time

import pytest

from evalkit.coding.model import Code, Codebook, Coding, CodingProject, Segment, Source
from evalkit.coding.store import open_store, project, put_project

TEXT = "We had home visits every week and they mattered most of all to me. " * 10


@pytest.mark.slow
def test_two_thousand_documents_with_twenty_thousand_codings_take_seconds(path):
    sources = tuple(Source(f"s{at}", f"{at} {TEXT}") for at in range(2_000))
    codes = tuple(Code(f"c{at}", f"c{at}") for at in range(40))
    codings = tuple(
        Coding(Segment(it.id, at, at + 30, it.text[at : at + 30]), f"c{at}", "ana")
        for it in sources
        for at in range(10)
    )
    whole = CodingProject("large", sources, Codebook(codes), codings)
    began = time.process_time()
    with open_store(path, create=True) as store:
        put_project(store, whole, "ana")
        put = time.process_time()
        assert project(store) == whole
    assert put - began < 6
    assert time.process_time() - put < 4
