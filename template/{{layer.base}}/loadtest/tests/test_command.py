"""What cannot be run is refused in one sentence, before anything is asked of the service."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .. import __main__ as command
from .. import slo
from ..endpoints import Endpoint
from ..errors import Unusable
from ..profiles import PROFILES, Stage

NOWHERE = "http://127.0.0.1:9"
KNOWN = next(iter(Endpoint))


@pytest.fixture
def refusal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Return how a command is refused."""

    def _refusal(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["load", *arguments])
        with pytest.raises(SystemExit) as ended:
            command.main()
        assert ended.value.code == 2
        [line] = capsys.readouterr().err.splitlines()
        return line

    return _refusal


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--profile", "smok"], "there is no profile 'smok'; choose from smoke,"),
        (["--host", NOWHERE], f"{NOWHERE} cannot be reached"),
        (["--host", "127.0.0.1"], "is no address"),
        (["--host", "ftp://127.0.0.1"], "is no address"),
        (["--processes", "0"], "--processes must be at least 1"),
        (["--compare", "nowhere.json"], "nowhere.json cannot be read"),
        (["--compare", str(slo.PATH)], "is not the summary of a load test"),
    ],
)
def test_refused(arguments: list[str], sentence: str, refusal: Callable[..., str]) -> None:
    assert sentence in refusal(*arguments)


def test_nothing_to_compare_with(
    refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    assert "nothing to compare with" in refusal("--compare")


def test_the_objectives_are_sound() -> None:
    loaded = slo.load()
    assert loaded.endpoints
    assert set(loaded.profiles) <= set(PROFILES)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[overall]\np59 = 50", "overall.p59: there is no such name"),
        ("[overall]\np50 = -1", "overall.p50"),
        ("[overall]\np50 = 'fast'", "overall.p50"),
        ("[overall]\np50 = 300\np95 = 100", "must not fall"),
        ("[overall]", "name at least one of"),
        ("[overall]\nerror_rate = 2", "overall.error_rate"),
        ("[overal]\np50 = 50", "overal: there is no such name"),
        ("longest_silence = 0\n[overall]\np50 = 50", "longest_silence"),
        ("[overall]\np50 = ", "not TOML"),
        ("", "overall: Field required"),
        ("[overall]\np50=1\n[endpoints.'GET /nowhere']\np50=1", "no 'GET /nowhere'"),
        (f"[overall]\np50=1\n[endpoints.'{KNOWN}x']\np50=1", f"did you mean '{KNOWN}'"),
        ("[overall]\np50=1\n[profiles.smok]\np50=1", "did you mean 'smoke'"),
    ],
)
def test_faulty_objectives(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "slo.toml"
    path.write_text(text)
    with pytest.raises(Unusable) as refused:
        slo.load(path)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value).removesuffix("\n")


def test_objectives_of_an_older_version(tmp_path: Path) -> None:
    path = tmp_path / "slo.toml"
    path.write_text("[overall]\np50 = 50")
    assert slo.load(path).longest_silence == 5


def test_no_objectives_at_all(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot be read"):
        slo.load(tmp_path / "slo.toml")


def test_the_profiles_are_sound() -> None:
    for name, profile in PROFILES.items():
        assert any(stage.judged for stage in profile.stages), name
        assert all(0 < stage.settle < stage.seconds for stage in profile.stages), name
        names = [stage.name for stage in profile.stages]
        assert len(names) == len(set(names)), name


def test_users_have_come_before_they_are_judged() -> None:
    assert Stage("now", users=100, seconds=20, settle=10).spawn_rate(50) == 10
    assert Stage("now", users=1, seconds=20, settle=10).spawn_rate(1) == 1
