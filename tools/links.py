"""Checks that links between the documents lead somewhere: files, and headings within them."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def without_code(text):
    return re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.M | re.S)


def anchor(heading):
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(path):
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.M | re.S), re.M)
    return {anchor(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", h)) for h in headings}


def broken(page):
    for target in LINK.findall(without_code(page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, part = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists():
            yield f"{page.relative_to(ROOT)}: {target}: there is no such file"
        elif part and file.suffix == ".md" and part not in anchors(file):
            yield f"{page.relative_to(ROOT)}: {target}: there is no such heading"


def main():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True,
                            text=True, check=True).stdout.split()
    wrong = [line for name in listed if (ROOT / name).is_file() for line in broken(ROOT / name)]
    print("\n".join(wrong) if wrong else f"the links of {len(listed)} documents lead somewhere")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
