# SPDX-License-Identifier: Apache-2.0
"""Links between the pages lead somewhere, anchors included; pictures are what they should be."""
import re
import subprocess

import pytest
from blocks import FENCE, REPOSITORY, pages

LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ +(.+?) *$", re.M)


def without_code(page):
    return re.sub(r"`[^`\n]*`", lambda code: code[0].replace("](", "] ("),
                  FENCE.sub("", page.read_text()))


def anchors(page):
    """As GitHub and MkDocs make them of headings in plain ASCII."""
    return {re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)).strip().lower()
            .replace(" ", "-") for heading in HEADING.findall(FENCE.sub("", page.read_text()))}


def links_of(page):
    return [first or second for first, second in LINK.findall(without_code(page))]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page):
    for link in links_of(page):
        if "://" in link or link.startswith("reference/"):  # scripts/docs makes and checks these
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(REPOSITORY) and target.exists(), f"{link}: no such file"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


def test_every_page_is_linked_from_the_readme_or_another_page():
    linked = {(page.parent / link.partition("#")[0]).resolve() for page in pages()
              for link in links_of(page) if "://" not in link}
    lonely = [page.name for page in (REPOSITORY / "docs").glob("*.md") if page not in linked]
    assert lonely == []


def test_every_page_is_in_the_navigation_of_the_site():
    navigation = (REPOSITORY / "docs" / "site" / "mkdocs.yml").read_text().partition("\nnav:\n")[2]
    named = set(re.findall(r": ([\w-]+\.md)$", navigation, re.M))
    assert {page.name for page in (REPOSITORY / "docs").glob("*.md")} - named == set()


def test_pictures_are_small_and_diagrams_current():
    pictures = [*(REPOSITORY / "docs" / "images").iterdir()]
    assert {picture.suffix for picture in pictures} == {".png", ".svg"}
    assert all(picture.stat().st_size < 120 * 1024 for picture in pictures)
    subprocess.run([REPOSITORY / "scripts" / "make-sequence-diagrams", "--check"], check=True)
