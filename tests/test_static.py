"""Checks of the template's own files; nothing is rendered."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path, PurePosixPath

import copier._template
import copier._user_data
import pytest
from jinja2 import meta, nodes

import matrix
from matrix import CONFIG, QUESTIONS, ROOT

TEMPLATE = ROOT / "template"
FILES = sorted(
    path.relative_to(TEMPLATE)
    for path in TEMPLATE.rglob("*")
    if path.is_file() and not {"__pycache__", ".ruff_cache", ".mypy_cache"} & set(path.parts)
)
JINJA = sorted(
    [path.relative_to(ROOT) for path in (ROOT / "hooks").glob("*.jinja")]
    + [Path("template", path) for path in FILES if path.suffix == ".jinja"]
)
LAYERS = frozenset().union(*map(matrix.layers, matrix.every()))
LAYER = re.compile(r"\{\{layer\.(\w+)\}\}")

# What templates may use besides the answers: Copier's own, Jinja's, and what a part is asked by.
VARIABLES = {*QUESTIONS, "_copier_answers", "_copier_conf", "namespace", "range", "file"}
# Plain files of these names would also work on this repository, in a directory of the template.
CONFIGURES_THIS_REPOSITORY = {
    ".editorconfig",
    ".gitattributes",
    ".gitignore",
    ".python-version",
    ".ruff.toml",
    "mypy.ini",
    "pyproject.toml",
    "pytest.ini",
    "ruff.toml",
}
WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
NAMES_A_REGISTRY = re.compile(
    r"pypi\.(org|python)|pythonhosted\.org|npmjs\.(org|com)|deb\.debian\.org|proxy\.golang|crates\.io"
)
NAMES_A_MACHINE = re.compile(r"/home/\w+/")


def parse(path: Path) -> nodes.Template:
    return matrix.environment().parse((ROOT / path).read_text(encoding="utf-8"))


def layers_of(path: Path) -> list[str]:
    """Return the layers that a file of the template stands in, the outer one first."""
    return [match[1] for part in path.parts if (match := LAYER.fullmatch(part))]


def destination(path: Path) -> PurePosixPath:
    """Return where a file of the template goes in a project."""
    below = [part for part in path.parts if not LAYER.fullmatch(part)]
    return PurePosixPath(*below).with_name(below[-1].removesuffix(".jinja"))


@pytest.mark.parametrize("path", JINJA, ids=str)
def test_variables_are_known(path: Path) -> None:
    assert meta.find_undeclared_variables(parse(path)) <= VARIABLES


@pytest.mark.parametrize("path", JINJA, ids=str)
def test_answers_and_layers_are_compared_with_what_exists(path: Path) -> None:
    """`database == 'postgres'` would be false for ever, without a word."""
    tree = parse(path)
    for attribute in tree.find_all(nodes.Getattr):
        if isinstance(attribute.node, nodes.Name) and attribute.node.name == "layer":
            assert attribute.attr in LAYERS
    for comparison in tree.find_all(nodes.Compare):
        if isinstance(comparison.expr, nodes.Name) and comparison.expr.name in matrix.AXES:
            values = {constant.value for constant in comparison.find_all(nodes.Const)}
            assert values <= set(matrix.AXES[comparison.expr.name])


@pytest.mark.parametrize("path", JINJA, ids=str)
def test_nothing_depends_on_chance_time_or_place(path: Path) -> None:
    changing = {"ans_random", "random", "random_mac", "shuffle", "strftime"}
    reading = {"expanduser", "expandvars", "fileglob", "realpath"}
    used = {found.name for found in parse(path).find_all(nodes.Filter)}
    assert not used & (changing | reading)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_file_name(path: Path) -> None:
    assert not re.search(r'[<>:"|?*\\]|[ .](/|$)', path.as_posix()), "not a name on Windows"
    assert not any(WINDOWS_DEVICE.match(part) for part in path.parts), "not a name on Windows"
    assert "{%" not in str(path), "put the file into a layer instead of a condition into its name"
    unknown = meta.find_undeclared_variables(matrix.environment().parse(str(path))) - VARIABLES
    assert not unknown
    assert path.name not in CONFIGURES_THIS_REPOSITORY, f"name it {path.name}.jinja"


def test_every_file_is_in_a_layer() -> None:
    outside = {str(path) for path in FILES if not LAYER.fullmatch(path.parts[0])}
    assert outside == {"_parts.jinja", "{{ _copier_conf.answers_file }}.jinja"}


def test_no_file_is_kept_out_of_the_repository() -> None:
    command = ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "template"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert not [line for line in listed.splitlines() if not re.search(r"__pycache__|_cache/", line)]


def test_layers_never_meet() -> None:
    """Files that can be on at once go to places of their own, also as modules and packages."""
    seen = set()
    for answers in matrix.every():
        on = matrix.layers(answers)
        if on in seen:
            continue
        seen.add(on)
        sources = defaultdict(list)
        for path in FILES:
            if "_parts" not in path.parts and on.issuperset(layers_of(path)):
                sources[str(destination(path)).lower()].append(path)
        twice = {place: paths for place, paths in sources.items() if len(paths) > 1}
        assert not twice, sorted(on)
        directories = {str(parent) for place in sources for parent in PurePosixPath(place).parents}
        assert not directories & set(sources), "a file and a directory"
        assert not {f"{directory}.py" for directory in directories} & set(sources), (
            "shadowed module"
        )


def test_layers_are_declared_and_used() -> None:
    assert {layer for path in FILES for layer in layers_of(path)} == LAYERS


def test_parts_are_where_they_are_joined() -> None:
    """The includes of template/_parts.jinja ignore what is missing, so a misspelling is silent."""
    used = set()
    for path in JINJA:
        used |= set(re.findall(r"with file = '([^']+)'", (ROOT / path).read_text(encoding="utf-8")))
    parts = [path for path in FILES if "_parts" in path.parts]
    assert {path.name.removesuffix(".jinja") for path in parts} == used
    joined = re.compile(r"(\{\{layer\.\w+\}\}/){1,2}_parts/[^/]+\.jinja")
    assert not [str(path) for path in parts if not joined.fullmatch(path.as_posix())]


def test_settings_are_known_to_copier() -> None:
    """Copier ignores a misspelt setting or attribute."""
    source = inspect.getsource(copier._template)
    known = set(re.findall(r'config_data(?:\.get\(\s*|\[)"(\w+)"', source)) | {"exclude"}
    assert {name.removeprefix("_") for name in CONFIG if name.startswith("_")} <= known
    attributes = set(inspect.signature(copier._user_data.Question).parameters)
    for name, question in QUESTIONS.items():
        assert set(question) <= attributes, name


def test_every_question_is_complete() -> None:
    for name, question in QUESTIONS.items():
        assert {"type", "default"} <= set(question), f"{name}: an update needs its default"
        if question.get("when") is False:
            assert question["validator"], f"{name} could be forced"
        else:
            assert question["help"], name
            assert name in matrix.AXES or question["validator"], f"{name}: any text would do"


def test_nothing_needs_trust() -> None:
    assert not {"_tasks", "_jinja_extensions"} & set(CONFIG)
    assert all("version" in migration for migration in CONFIG.get("_migrations", []))


def test_excluded_paths_depend_on_no_answer() -> None:
    """A condition there breaks updates: old answers meet the new template's patterns."""
    for pattern in CONFIG["_exclude"]:
        used = meta.find_undeclared_variables(matrix.environment().parse(pattern))
        assert used <= {"_copier_operation"}


@pytest.mark.parametrize("command", ["check", "format --check"])
def test_ruff(command: str) -> None:
    arguments = [sys.executable, "-m", "ruff", *command.split(), "--no-cache", "."]
    done = subprocess.run(arguments, cwd=ROOT, check=False, capture_output=True, text=True)
    assert not done.returncode, done.stdout + done.stderr


def test_no_registry_and_no_machine_is_named() -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = []
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
            found += [(name, m[0]) for m in re.finditer(NAMES_A_REGISTRY, text)]
            found += [(name, m[0]) for m in re.finditer(NAMES_A_MACHINE, text)]
    assert not found
