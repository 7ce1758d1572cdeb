"""The profiles of ``poe load --profile NAME``: how many users there are, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import Unusable

MAX_SPAWN_RATE = 100.0  # users a second; beyond that the generator measures itself


@dataclass(frozen=True)
class Stage:
    """A time with a number of users.

    Attributes:
        name: what reports call it.
        users: how many there are once they have come, or gone.
        seconds: how long it lasts.
        settle: seconds at its beginning that are not judged: users come and go, caches fill.
        judged: whether the rest of it is.
        peak: whether there is more to do than the service is made for, so that ``[peak]`` of
            slo.toml holds, and not ``[overall]``.
    """

    name: str
    users: int
    seconds: float
    settle: float
    judged: bool = True
    peak: bool = False

    def spawn_rate(self, users_before: int) -> float:
        """Return how many users a second come or go, so that half of ``settle`` is left."""
        rate = abs(self.users - users_before) / (self.settle / 2)
        return min(max(rate, 1.0), MAX_SPAWN_RATE)


@dataclass(frozen=True)
class Profile:
    """Stages, one after the other.

    Attributes:
        purpose: what the profile tells.
        stages: at least one of them judged.
        until_broken: whether the run ends when two stages in a row do not keep their objectives.
            What counts then is how much was done in the last stage that did.
    """

    purpose: str
    stages: tuple[Stage, ...]
    until_broken: bool = False

    @property
    def seconds(self) -> float:
        """Return how long it takes, if it is not broken off."""
        return sum(stage.seconds for stage in self.stages)


def _steps(first: int, factor: float, count: int) -> list[int]:
    """Return numbers of users, each ``factor`` times the one before."""
    return [round(first * factor**step) for step in range(count)]


PROFILES = {
    "smoke": Profile(
        "whether anything is badly wrong; short enough for every commit",
        (Stage("smoke", users=40, seconds=15, settle=4),),
    ),
    "baseline": Profile(
        "how the service does on an ordinary day; to compare releases with",
        (Stage("baseline", users=60, seconds=150, settle=30),),
    ),
    "stress": Profile(
        "how much it can do: users are added until an objective is breached",
        tuple(
            Stage(f"{users} users", users=users, seconds=20, settle=8)
            for users in _steps(first=20, factor=1.5, count=12)
        ),
        until_broken=True,
    ),
    "spike": Profile(
        "whether it survives a crowd, and is itself again afterwards",
        (
            Stage("before", users=30, seconds=30, settle=10),
            Stage("peak", users=300, seconds=30, settle=6, peak=True),
            Stage("afterwards", users=30, seconds=45, settle=15),
        ),
    ),
    "soak": Profile(
        "whether it lasts: an hour, each five minutes of it judged, so that a leak shows",
        tuple(Stage(f"minute {5 * n}", users=60, seconds=300, settle=10) for n in range(12)),
    ),
}


def find(name: str | None) -> tuple[str, Profile]:
    """Return a profile with its name.

    Raises:
        Unusable: if there is none of this name.
    """
    if name not in PROFILES:
        asked = f"there is no profile {name!r}" if name else "name a profile (--profile)"
        raise Unusable(f"{asked}; choose from {', '.join(PROFILES)}")
    return name, PROFILES[name]
