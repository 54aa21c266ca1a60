# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from cloud import Cloud  # noqa: E402
from cloud_link import Link  # noqa: E402


@pytest.fixture(scope="module")
def cloud():
    """One server for the tests of a file: each makes identities of its own."""
    with Cloud() as running:
        yield running
    running.assert_clean()


@pytest.fixture
def link(cloud):
    return Link(cloud)
