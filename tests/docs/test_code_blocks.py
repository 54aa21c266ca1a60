# SPDX-License-Identifier: Apache-2.0
"""Every code block of README and docs/ does what it says; blocks.py has the markers."""
import re

import pytest
from blocks import REPOSITORY, Block, all_blocks, blocks_of, pages
from languages import RUNNERS, SPECIAL, shell

BLOCKS = all_blocks()
FIGURES = [block for block in BLOCKS if block.marker == "figure"]
NOT_RUN = [block for block in BLOCKS if block.marker == "not run"]
OUTPUTS = [block for block in BLOCKS if block.marker == "output of"]
RUN = [block for block in BLOCKS if block not in FIGURES + NOT_RUN + OUTPUTS]

# More blocks that no test runs need a thought: can the page be written otherwise?
NOT_RUN_AT_MOST = 18


def ids(blocks):
    return [block.name for block in blocks]


@pytest.mark.parametrize("block", RUN, ids=ids(RUN))
def test_a_block_works(block, world, tmp_path):
    assert block.language in RUNNERS, (
        f"{block}: a block names its language ({', '.join(RUNNERS)}), or is text below "
        "<!-- figure --> or <!-- output of: COMMAND -->")
    runner = SPECIAL.get(block.marker, RUNNERS[block.language])
    runner(block, tmp_path, world.prepare(tmp_path, block))


@pytest.mark.parametrize("block", OUTPUTS, ids=ids(OUTPUTS))
def test_a_command_prints_what_the_page_shows(block, world, tmp_path):
    shown, block.text = block.text, block.detail
    printed = shell(block, tmp_path, world.prepare(tmp_path, block))
    pattern = ".*?".join(map(re.escape, shown.strip().split("…")))
    assert re.fullmatch(pattern, printed.strip(), re.S), f"{block.detail} printed\n{printed}"


WRONG = {"sh": "passkey bnd", "python": "passkey.bind_passky(link)", "js": "passkey.bind(link);",
         "mjs": "import { bindPassky } from 'libpasskey';", "ts": "import { bindPassky } from 'libpasskey';",
         "java": "client.bindPassky(link);", "c": "passkey_client_bnd(client);", "json": "{", "xml": "<a>"}


@pytest.mark.parametrize("language", RUNNERS)
def test_a_block_that_does_not_work_is_found(language, world, tmp_path):
    block = Block("a page", 1, language, WRONG[language], None, None)
    with pytest.raises((AssertionError, ValueError, SyntaxError)):
        RUNNERS[language](block, tmp_path, world.prepare(tmp_path, block))


def test_few_blocks_are_not_run_and_each_says_why():
    assert len(NOT_RUN) <= NOT_RUN_AT_MOST, "\n".join(ids(NOT_RUN))
    assert all(block.detail for block in NOT_RUN + OUTPUTS), "<!-- not run: REASON -->"


@pytest.mark.parametrize("block", NOT_RUN, ids=ids(NOT_RUN))
def test_what_is_not_run_names_programs_that_are_there(block):
    for program in re.findall(r"(?:scripts|bindings|bench)/[\w./-]+", block.text):
        assert (REPOSITORY / program).exists(), f"{block}: there is no {program}"


def test_figures_are_text():
    assert {block.language for block in FIGURES} <= {"text"}, FIGURES


def test_all_pages_are_read():
    """Each line that opens or closes a fence is one of a block: none is left open, or nested."""
    assert len(BLOCKS) > 40
    for page in pages():
        fences = re.findall(r"^ *```", page.read_text(), re.M)
        assert len(fences) == 2 * len(list(blocks_of(page))), page
