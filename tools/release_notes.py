"""Prints what CHANGELOG.md says of a release; fails unless tag, CMakeLists.txt and CHANGELOG.md name one version.

usage: release_notes.py v0.1.0
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]


def notes(tag, project, changelog):
    """The section of the tag's version, or what is wrong."""
    version = tag.removeprefix("v")
    built = re.search(r"^project\(credence VERSION ([\d.]+)", project, re.M).group(1)
    if version != built:
        raise ValueError(f"the tag is {tag}, and CMakeLists.txt builds {built}")
    sections = dict(re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", changelog, re.M | re.S))
    for heading, text in sections.items():
        if heading.split(",")[0] == version:
            if "unreleased" in heading:
                raise ValueError(f'CHANGELOG.md still says "{heading}": write the date')
            return text.strip()
    raise ValueError(f"CHANGELOG.md has no section {version}")


if __name__ == "__main__":
    try:
        print(notes(sys.argv[1], (ROOT / "CMakeLists.txt").read_text(), (ROOT / "CHANGELOG.md").read_text()))
    except ValueError as wrong:
        sys.exit(f"release_notes: {wrong}")
