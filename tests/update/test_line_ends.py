"""An update brings the template's attributes of files where the owner has some."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import git

from .project import begin, commit, copy, unmerged, update

OWN = "*.pem binary\n"
LINE_ENDS = "* text=auto eol=lf\n"


@pytest.fixture
def project(template_path: Path, tmp_path: Path) -> Path:
    """Make a service of the first release, which had no attributes."""
    path = tmp_path / "project"
    copy(template_path, path, "v0.1.0", {})
    begin(path)
    return path


def test_attributes_of_the_owners_are_merged(project: Path) -> None:
    attributes = project / ".gitattributes"
    attributes.write_text(OWN)
    commit(project)
    said = update(project)
    assert said.code == 1
    assert unmerged(project) == {".gitattributes"}, said.text
    text = attributes.read_text()
    assert OWN in text
    assert LINE_ENDS in text
    attributes.write_text(OWN + LINE_ENDS)
    git(project, "add", ".gitattributes")
    assert not unmerged(project)
