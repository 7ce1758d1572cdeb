"""What is compared with: a run like this one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from locust.env import Environment

from ..conclusion import Conclusion
from ..profiles import PROFILES
from ..run import Run
from ..slo import Objectives, Slo
from ..summary import NAME, last_kept, summarise
from ..verdict import Outcome

HOST = "http://127.0.0.1:8000"
SLO = Slo(overall=Objectives(p50=50))
ALL: dict[str, list[str]] = {}

Keep = Callable[..., Path]


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Return what leaves the summary of one more run."""

    def _keep(
        profile: str = "smoke",
        host: str = HOST,
        chosen: dict[str, list[str]] = ALL,
        outcome: Outcome = Outcome.KEPT,
    ) -> Path:
        run = Run(Environment(host=host), profile, PROFILES[profile], SLO, chosen)
        path = tmp_path / f"{len(list(tmp_path.iterdir())):03}" / NAME
        path.parent.mkdir()
        path.write_text(summarise(run, Conclusion(outcome)).model_dump_json())
        return path

    return _keep


def test_the_last_good_run_like_this_one(keep: Keep, tmp_path: Path) -> None:
    keep()
    like_this = keep()
    keep(outcome=Outcome.BREACHED)
    keep(profile="baseline")
    keep(host="https://example.com")
    keep(chosen={"tags": ["read"]})
    keep(chosen={"user_classes": ["Reader"]})
    assert last_kept(tmp_path, "smoke", HOST, []) == like_this


def test_the_same_tags(keep: Keep, tmp_path: Path) -> None:
    like_this = keep(chosen={"tags": ["read", "write"]})
    keep(chosen={"tags": ["read"]})
    assert last_kept(tmp_path, "smoke", HOST, ["write", "read"]) == like_this
    assert last_kept(tmp_path, "smoke", HOST, []) is None


def test_a_run_of_which_the_tags_are_not_known(keep: Keep, tmp_path: Path) -> None:
    path = keep()
    assert last_kept(tmp_path, "smoke", HOST, []) == path
    path.write_text(path.read_text().replace('"chosen":{},', ""))
    assert last_kept(tmp_path, "smoke", HOST, []) is None
