# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from world import World  # noqa: E402


@pytest.fixture(scope="session")
def world():
    world = World()
    yield world
    world.stop()
