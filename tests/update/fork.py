"""A small fork of the template, with a history that has all that a release may do to a project.

Its mechanism is the template's own: layers, settings and what is rendered once. Each line of its
files is unlike any other, so that tests can tell whose line they see.
"""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree
from typing import Any

import yaml

from conftest import git
from matrix import CONFIG

from .releases import release

VERSIONS = ["v1.0.0", "v1.1.0", "v2.0.0", "v2.1.0", "v3.0.0"]
PACKAGE = "src/{{package_name}}"
SETTINGS = (
    "_exclude",
    "_envops",
    "_min_copier_version",
    "_skip_if_exists",
    "_subdirectory",
    "_templates_suffix",
)

LAYERS = """\
base: "."
service: "."
{% for name in ['redis', 'memcache', 'memcached'] %}
{{ name }}: "{{ '.' if name == CACHE else '' }}"
{% endfor %}
{% for name in ['postgresql', 'sqlite'] %}
{{ name }}: "{{ '.' if name == database else '' }}"
{% endfor %}
example: "{{ '.' if example else '' }}"
"""

RENAMED = (
    "{{ {'memcache': 'memcached'}.get(cache_backend, cache_backend)"
    " if cache_backend is defined else 'redis' }}"
)


def questions(version: str) -> dict[str, Any]:
    """Return the questions of a version: one is renamed, one is new, values come and go."""
    at = VERSIONS.index(version)
    cache: dict[str, Any] = {"type": "str", "choices": ["redis", "memcache", "none"]}
    cache["default"] = "redis"
    if at >= 2:  # the question is renamed, and one of its values
        cache["choices"] = ["redis", "memcached", "none"]
        cache["default"] = RENAMED
    if at >= 4:
        cache["choices"] = ["redis", "none"]
    name = "cache" if at >= 2 else "cache_backend"
    return {
        "project_name": {"type": "str", "default": "Service"},
        "package_name": {"type": "str", "default": "service"},
        "database": {
            "type": "str",
            "choices": ["postgresql", "sqlite"],
            "default": "sqlite" if at >= 3 else "postgresql",  # a changed default
        },
        name: cache,
        **({"team": {"type": "str", "default": "nobody"}} if at >= 1 else {}),
        "example": {"type": "bool", "default": True},
        "layer": {"type": "yaml", "when": False, "default": LAYERS.replace("CACHE", name)},
    }


def text(name: str, version: str, lines: int = 24) -> str:
    """Return the text of a file: in each version but the first, some lines are other ones."""
    at = VERSIONS.index(version)
    written = []
    for line in range(lines):
        revision = sum((line * 7 + len(name)) % 11 == step for step in range(1, at + 1))
        written.append(f"{name} line {line} revision {revision}\n")
    if at >= 1:
        written.insert(lines // 2, f"{name} has one more line\n")
    if at >= 3:
        del written[3]
    return "".join(written)


def files(version: str) -> dict[str, str]:
    """Return the files of a version: some move, one is dropped, some are new."""
    at = VERSIONS.index(version)
    base = ["README.md", f"{PACKAGE}/app.py", f"{PACKAGE}/config/base.py", "deploy/stack.yaml"]
    base.append(f"{PACKAGE}/place.py" if at >= 2 else f"{PACKAGE}/old_place.py")
    if at < 4:
        base.append(f"{PACKAGE}/dropped.py")
    if at >= 1:
        base.append("docs/new.md")
    if at >= 3:
        base.append("deploy/balancer/limits.cfg")
    found = {f"{{{{layer.base}}}}/{name}": text(Path(name).name, version) for name in base}
    if at >= 3:  # the same place in a project
        name = "deploy/stack.yaml"
        found[f"{{{{layer.service}}}}/{name}"] = found.pop(f"{{{{layer.base}}}}/{name}")
    for place in ("place", "old_place"):  # its lines keep their names
        path = f"{{{{layer.base}}}}/{PACKAGE}/{place}.py"
        if path in found:
            found[path] = text("place.py", version)
    team = " of {{ team }}" if at >= 1 else ""
    found["{{layer.base}}/who.txt.jinja"] = f"{{{{ project_name }}}}{team}\n" + text("who", version)
    found["{{layer.base}}/migrations/versions/0001_start.py"] = "start\n"
    if at >= 2:
        found[f"{{{{layer.base}}}}/{PACKAGE}/extension.py"] = "what is added\n"
    for layer in ("redis", "memcached" if at >= 2 else "memcache"):
        found[f"{{{{layer.{layer}}}}}/{PACKAGE}/cache.py"] = text(f"{layer[:6]} cache", version)
    for layer in ("postgresql", "sqlite"):
        found[f"{{{{layer.{layer}}}}}/{PACKAGE}/database.py"] = text(layer, version)
    found[f"{{{{layer.example}}}}/{PACKAGE}/blog/routes.py"] = text("routes.py", version)
    found["{{layer.example}}/migrations/versions/0002_blog.py"] = "blog\n"
    return found


def build(repository: Path) -> Path:
    """Make the fork's repository, with a tag for each version."""
    repository.mkdir()
    git(repository, "init", "--quiet")
    for version in VERSIONS:
        rmtree(repository / "template", ignore_errors=True)
        settings = {name: CONFIG[name] for name in SETTINGS}
        config = yaml.safe_dump({**settings, **questions(version)}, sort_keys=False)
        (repository / "copier.yml").write_text(config)
        answers = "{{ _copier_answers | to_nice_yaml -}}\n"
        contents = {"{{ _copier_conf.answers_file }}.jinja": answers, **files(version)}
        for name, content in contents.items():
            path = repository / "template" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        log = [f"## {done}\n\n- What {done} brings.\n\n" for done in VERSIONS]
        log = log[: VERSIONS.index(version) + 1][::-1]
        (repository / "CHANGELOG.md").write_text("# Changelog\n\n" + "".join(log))
        release(repository, version)
    return repository
