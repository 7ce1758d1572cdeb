"""Service level objectives, as slo.toml has them."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .endpoints import Endpoint
from .errors import Unusable
from .profiles import PROFILES

PATH = Path(__file__).parent / "slo.toml"

Milliseconds = Annotated[float, Field(gt=0)]


class Table(BaseModel):
    """A table of slo.toml: unknown names are refused, so that a typo is not lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Objectives(Table):
    """What must be kept.

    Attributes:
        p50, p95, p99: milliseconds within which so many percent of the answers come.
        error_rate: the largest share of requests that may fail, 0 to 1.
        throughput: the fewest requests a second that are answered as they should be.
    """

    p50: Milliseconds | None = None
    p95: Milliseconds | None = None
    p99: Milliseconds | None = None
    error_rate: Annotated[float, Field(ge=0, lt=1)] | None = None
    throughput: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        given = [value for value in (self.p50, self.p95, self.p99) if value is not None]
        if given != sorted(given):
            raise ValueError("p50, p95 and p99 must not fall")
        if not self.model_fields_set:
            raise ValueError("name at least one of " + ", ".join(type(self).model_fields))
        return self

    def override(self, other: Objectives | None) -> Objectives:
        """Return these objectives, with those of ``other`` where it has any."""
        changes = other.model_dump(exclude_none=True) if other else {}
        return self.model_copy(update=changes)


class Comparison(Table):
    """How much worse than the run before is still noise.

    Attributes:
        latency: p50 and p95 may be so many times what they were.
        noise: milliseconds that do not count as a change in any case.
        throughput: the least share of the throughput before.
    """

    latency: Annotated[float, Field(gt=1)] = 1.5
    noise: Milliseconds = 20.0
    throughput: Annotated[float, Field(gt=0, lt=1)] = 0.8


class Slo(Table):
    """All objectives.

    Attributes:
        longest_silence: the most seconds in a row without a good answer to anybody.
        overall: of all requests together.
        endpoints: of the requests to an endpoint, which must be one that the users ask for.
        profiles: what is different overall in a profile.
        peak: of all requests together, while a profile asks for more than the service is made for.
        comparison: for ``--compare``.
    """

    longest_silence: Annotated[int, Field(ge=1)] = 5
    overall: Objectives
    endpoints: dict[str, Objectives] = {}
    profiles: dict[str, Objectives] = {}
    peak: Objectives | None = None
    comparison: Comparison = Comparison()

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        for table, names, known in (
            ("endpoints", self.endpoints, [str(endpoint) for endpoint in Endpoint]),
            ("profiles", self.profiles, list(PROFILES)),
        ):
            for name in names:
                if name not in known:
                    close = get_close_matches(name, known, n=1)
                    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
                    raise ValueError(f"{table} has no {name!r}; {hint}")
        return self


def load(path: Path = PATH) -> Slo:
    """Read and check the objectives.

    Raises:
        Unusable: with one sentence for each fault.
    """
    try:
        return Slo.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise Unusable(f"{path.name} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unusable(f"{path.name} is not TOML: {error}") from None
    except ValidationError as error:
        raise Unusable("; ".join(_sentences(path, error))) from None


def _sentences(path: Path, error: ValidationError) -> list[str]:
    sentences = []
    for fault in error.errors():
        place = ".".join(str(part) for part in fault["loc"])
        message = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            message = "there is no such name"
        sentences.append(f"{path.name}: {place}: {message}" if place else f"{path.name}: {message}")
    return sentences
