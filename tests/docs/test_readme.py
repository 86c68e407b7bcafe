"""What newcomers are told to type and to open exists, in the README and the other documents."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bot.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs/decisions").glob("*.md")),
]
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]+)?\)")
IN_CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:actions|bot|data|docs|scripts|tests)/[\w./-]*|[A-Za-z]+\.(?:md|yml|toml)")
BLOCK = re.compile(r"```\n(.*?)```", re.DOTALL)
MAKE = re.compile(r"\bmake ([a-z]+)\b")
PRODUCT = re.compile(r"python -m bot ([a-z]+)")
PICTURES = {
    "docs/pictures/widget-demo.png",
    "docs/pictures/widget-red-flag.png",
    "docs/pictures/widget-emergency.png",
    "docs/pictures/widget-nurse.png",
    "docs/pictures/widget-dark.png",
    "docs/pictures/widget-offline.png",
    "docs/pictures/console-queue.png",
    "docs/pictures/console-request.png",
}


def commands_in(text):
    """Code between backticks and the lines of code blocks."""
    return "\n".join([*IN_CODE.findall(text), *BLOCK.findall(text)])


def read(document):
    return document.read_text("utf-8")


def names(documents):
    return [str(document.relative_to(ROOT)) for document in documents]


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_make_target_exists(document):
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(MAKE.findall(commands_in(read(document)))) <= set(targets)


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_command_of_the_product_exists(document):
    assert set(PRODUCT.findall(read(document))) <= COMMANDS.keys()


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_link_leads_somewhere(document):
    local = [target for target, _ in LINK.findall(read(document)) if "://" not in target]
    broken = [
        target
        for target in local
        if target not in PICTURES and not (document.parent / target).exists()
    ]
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_anchor_is_a_heading(document):
    broken = []
    for target, anchor in LINK.findall(read(document)):
        if anchor and (document.parent / target).suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", read(document.parent / target), re.MULTILINE)
            if anchor[1:] not in {slug(heading) for heading in headings}:
                broken.append(target + anchor)
    assert broken == []


def slug(heading):
    """GitHub's name of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_path_in_code_exists(document):
    missing = []
    for code in IN_CODE.findall(read(document)):
        if not PATH.fullmatch(code) or code in PICTURES:
            continue  # patterns with braces or stars, commands, values
        places = (ROOT / code, document.parent / code)
        if not any(place.exists() for place in places) and not named_elsewhere(code):
            missing.append(code)
    assert missing == []


def named_elsewhere(code):
    """A file named without its folder, because the folder was named just before."""
    return "/" not in code and any(ROOT.glob(f"data/**/{code}"))


def test_the_readme_shows_its_four_pictures():
    shown = {target for target, _ in LINK.findall(read(ROOT / "README.md")) if "pictures" in target}
    assert shown == PICTURES
    there = {picture for picture in PICTURES if (ROOT / picture).exists()}
    assert there in (set(), PICTURES), "some pictures are missing"


def test_the_licence_is_the_whole_text():
    text = read(ROOT / "LICENSE")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_makefile_lists_what_the_readme_names():
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout
    for target in ("run", "test"):
        assert re.search(rf"^{target}\b", listed, re.MULTILINE)
        assert f"make {target}" in read(ROOT / "README.md")
