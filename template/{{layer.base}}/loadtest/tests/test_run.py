"""A run that goes through its profile, second by second, without a service."""

from collections.abc import Callable

import pytest
from locust.env import Environment

from ..conclusion import conclude
from ..profiles import PROFILES
from ..run import Run
from ..slo import Objectives, Slo
from ..verdict import Outcome

USERS = 60
PER_SECOND = 130  # requests of all of them
SLO = Slo(overall=Objectives(p50=50, p95=400, p99=1500, error_rate=0.005, throughput=75))


@pytest.fixture
def baseline(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Return a run of the baseline in which the service stood still for some seconds."""

    def _baseline(frozen: range, slo: Slo = SLO) -> Run:
        clock = 0.0
        monkeypatch.setattr(Run, "seconds", property(lambda _: clock))
        environment = Environment()
        run = Run(environment, "baseline", PROFILES["baseline"], slo, {})
        while run.tick():
            run.sample()
            clock += 1
            if int(clock) not in frozen:
                # All users wait for the first answer after it, and each gets one that was slow.
                late = USERS if int(clock) == frozen.stop else 0
                for number in range(PER_SECOND):
                    milliseconds = 1000 * len(frozen) if number < late else 10
                    environment.stats.log_request("GET", "/it", milliseconds, 1)
        return run

    return _baseline


def test_a_service_that_stood_still_was_not_good_enough(baseline: Callable[..., Run]) -> None:
    conclusion = conclude(baseline(range(60, 89)))
    assert conclusion.outcome is Outcome.BREACHED
    # Nothing else shows it: the users wait, and ask no more meanwhile.
    assert conclusion.sentences == [
        "Breached: longest_silence of overall: 29 s, objective 5 s (baseline)."
    ]


def test_a_short_silence_is_kept(baseline: Callable[..., Run]) -> None:
    assert conclude(baseline(range(60, 65))).outcome is Outcome.KEPT
    strict = SLO.model_copy(update={"longest_silence": 4})
    assert conclude(baseline(range(60, 65), strict)).outcome is Outcome.BREACHED


def test_what_is_not_judged_may_be_silent(baseline: Callable[..., Run]) -> None:
    assert conclude(baseline(range(5, 29))).outcome is Outcome.KEPT
