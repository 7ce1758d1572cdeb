"""The answers that the tests render, and the layers that they turn on: all read from copier.yml."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import combinations, product
from pathlib import Path
from typing import Any

import yaml
from copier._template import load_template_config
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_ansible_filters import AnsibleCoreFiltersExtension

ROOT = Path(__file__).resolve().parents[1]
CONFIG = load_template_config(ROOT / "copier.yml")
QUESTIONS: dict[str, dict[str, Any]] = {
    name: question for name, question in CONFIG.items() if not name.startswith("_")
}

Answers = dict[str, Any]


@cache
def environment() -> Environment:
    """Return Jinja as Copier sets it up for this template."""
    options = {**CONFIG["_envops"], "undefined": StrictUndefined}
    extensions = [AnsibleCoreFiltersExtension]
    return Environment(loader=FileSystemLoader(ROOT), extensions=extensions, **options)


def choices(question: str) -> list[Any]:
    """Return the values that ``question`` takes, the default first; none if it is free text."""
    asked = QUESTIONS[question]
    given = asked.get("choices", [])
    values = list(given.values()) if isinstance(given, dict) else list(given)
    return sorted(values, key=lambda value: value != asked["default"])


AXES = {name: choices(name) for name in QUESTIONS if choices(name)}


def every(questions: Iterable[str] = AXES) -> list[Answers]:
    """Return every combination of choices for some questions, the default one first."""
    axes = {name: AXES[name] for name in questions}
    return [dict(zip(axes, row, strict=True)) for row in product(*axes.values())]


def pairwise(questions: Iterable[str] = AXES) -> list[Answers]:
    """Return few combinations that hold every pair of choices (greedy), the default one first.

    Args:
        questions: those whose choices are combined.
    """
    pool = every(questions)
    number: dict[frozenset[tuple[str, Any]], int] = {}

    def pairs(answers: Answers) -> int:
        """Return the pairs of a combination as a set of bits."""
        bits = 0
        for pair in combinations(answers.items(), 2):
            bits |= 1 << number.setdefault(frozenset(pair), len(number))
        return bits

    held = [pairs(answers) for answers in pool]
    missing = (1 << len(number)) - 1
    chosen = []
    while missing:
        best = max(range(len(pool)), key=lambda index: (held[index] & missing).bit_count())
        chosen.append(pool[best])
        missing &= ~held[best]
    return chosen


def name(answers: Answers) -> str:
    """Return a combination in words, for a test's id."""
    return "-".join(
        (key if value else f"no_{key}") if isinstance(value, bool) else str(value)
        for key, value in answers.items()
    )


LAYER_RULE = environment().from_string(QUESTIONS["layer"]["default"])


def layers(answers: Answers) -> frozenset[str]:
    """Return the layers that ``answers`` turn on, by the rule of copier/computed.yml."""
    paths = yaml.safe_load(LAYER_RULE.render(answers))
    return frozenset(name for name, path in paths.items() if path)
