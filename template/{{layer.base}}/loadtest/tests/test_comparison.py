"""A run beside an earlier one."""

import pytest

from ..comparison import compare_capacity, compare_stages
from ..figures import Figures, StageFigures
from ..slo import Comparison

TOLERANCE = Comparison(latency=1.5, noise=20, throughput=0.8)


def stage(**changes: float) -> list[StageFigures]:
    usual = {"p50": 20, "p95": 100, "p99": 300, "throughput": 50.0, "requests": 500}
    figures = Figures(failures=0, error_rate=0, **{**usual, **changes})
    return [
        StageFigures(
            name="smoke",
            users=40,
            began=0,
            judged_from=4,
            ended=15,
            judged=True,
            saturated=False,
            generator="",
            figures={"overall": figures},
        )
    ]


@pytest.mark.parametrize(
    ("changes", "worse"),
    [
        ({}, []),
        ({"p95": 150}, []),
        ({"p95": 151}, ["p95"]),
        ({"p50": 40}, []),  # twice as much, and still noise
        ({"p50": 41}, ["p50"]),
        ({"throughput": 40}, []),
        ({"throughput": 39}, ["throughput"]),
        ({"p95": 900, "requests": 39}, []),  # too few to tell
    ],
)
def test_what_is_worse(changes: dict[str, float], worse: list[str]) -> None:
    found = compare_stages(stage(), stage(**changes), TOLERANCE)
    assert [change.measure for change in found if change.worse] == worse


def test_the_limit() -> None:
    [change] = compare_capacity(100, 79, TOLERANCE)
    assert change.worse
    assert not compare_capacity(100, 80, TOLERANCE)[0].worse
