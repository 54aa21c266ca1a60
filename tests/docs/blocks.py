# SPDX-License-Identifier: Apache-2.0
"""The fenced code blocks of the pages, each with the marker that stands above it.

A marker is an HTML comment on the line before the block (an empty line between is fine):

    <!-- not run: REASON -->       needs what a test must not have
    <!-- figure -->                text that is a picture
    <!-- output of: COMMAND -->    text that COMMAND prints; … stands for anything
    <!-- serves -->                a server: it is started, must say that it is ready, is ended
    <!-- with an expired link -->  the link in this block has expired
    <!-- with a TPM -->            a TPM that other programs reach, too
"""
import pathlib
import re
import textwrap

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```[ ]*$",
                   re.M | re.S)
MARKER = re.compile(r"<!-- (not run|figure|output of|serves|with an expired link|with a TPM)(?:: (.+))? -->\s*\Z")


class Block:
    def __init__(self, page, line, language, text, marker, detail):
        self.page, self.line, self.language, self.text = page, line, language, text
        self.marker, self.detail = marker, detail

    @property
    def name(self):
        return f"{self.page}:{self.line}"

    def __repr__(self):
        return f"{self.name} ({self.language})"


def pages():
    """README and the others at the top, then docs/."""
    return sorted(REPOSITORY.glob("*.md")) + sorted((REPOSITORY / "docs").glob("*.md"))


def blocks_of(page):
    text = page.read_text()
    for fence in FENCE.finditer(text):
        marker = MARKER.search(text[:fence.start()])
        yield Block(page.relative_to(REPOSITORY), text.count("\n", 0, fence.start()) + 1,
                    fence["language"].strip(), textwrap.dedent(fence["text"]),
                    *(marker.groups() if marker else (None, None)))


def all_blocks():
    return [block for page in pages() for block in blocks_of(page)]
