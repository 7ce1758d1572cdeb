"""The container engine: whether there is one, its images, and commands in it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

IMAGES = Path(__file__).parent / "images"
TIMEOUT = 600.0  # seconds for one command: an image may have to be built


def docker(*arguments: str | Path, check: bool = True, **options: Any) -> str:
    """Run docker and return what it prints.

    Raises:
        AssertionError: with its output, if it fails.
    """
    command = ["docker", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, **options)
    if check and done.returncode:
        raise AssertionError(f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def missing() -> str | None:
    """Return what is missing for these tests, in a sentence; None if nothing is."""
    for command in (["docker", "info"], ["docker", "compose", "version"]):
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=30)
        except (OSError, subprocess.SubprocessError):
            return f"no container engine: `{' '.join(command)}` fails"
    return None


def inspect(container: str) -> dict[str, Any]:
    """Return what the engine knows of a container or an image."""
    found: list[dict[str, Any]] = json.loads(docker("inspect", container))
    return found[0]


def provide(images: Iterable[str]) -> None:
    """Fetch the images that are missing, or build stand-ins where there is no registry."""
    wanted = [image for image in sorted(set(images)) if not docker("images", "--quiet", image)]
    if not wanted:
        return
    if stand_ins := os.environ.get("STAND_INS"):
        own = {image: IMAGES / f"{image.partition(':')[0]}.Dockerfile" for image in wanted}
        others = [image for image, recipe in own.items() if not recipe.exists()]
        subprocess.run([stand_ins, "debian:trixie-slim", *others], check=True, timeout=TIMEOUT)
        for image in set(wanted) - set(others):
            docker("build", "--quiet", "--tag", image, "-", input=own[image].read_text())
    else:
        for image in wanted:
            docker("pull", "--quiet", image)
