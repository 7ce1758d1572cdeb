"""A client cannot tell the frameworks apart: the same requests get the same answers to the byte."""

from __future__ import annotations

import difflib
from collections.abc import Callable

import pytest

from matrix import AXES

from .conversation import REQUESTS, write_down
from .service import Project

pytestmark = pytest.mark.xdist_group("alike")


def test_all_frameworks_answer_alike(
    generate: Callable[..., Project], production: Callable[..., Project]
) -> None:
    answers = {}
    for framework in AXES["framework"]:
        project = production(generate(framework=framework), "postgresql", "redis")
        project.seed()
        with project.serve() as service:
            answers[framework] = write_down(service.url)
    model, *others = answers
    assert len(answers[model]) == len(REQUESTS)
    for other in others:
        differences = [
            "\n".join(difflib.unified_diff(mine.split("\n"), its.split("\n"), model, other, n=99))
            for mine, its in zip(answers[model], answers[other], strict=True)
            if mine != its
        ]
        assert not differences, "\n\n".join(differences)
