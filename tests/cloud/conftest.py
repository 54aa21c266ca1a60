# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from cloud import Cloud  # noqa: E402
from cloud_link import Link  # noqa: E402


def stopped_cleanly(cloud):
    assert cloud.process.returncode == 0, cloud.log
    assert "Sanitizer" not in cloud.log and "runtime error" not in cloud.log, cloud.log


@pytest.fixture(scope="module")
def cloud():
    """One server for the tests of a file: each makes identities of its own."""
    with Cloud() as running:
        yield running
    stopped_cleanly(running)


@pytest.fixture
def link(cloud):
    return Link(cloud)
