# SPDX-License-Identifier: Apache-2.0
"""All of these tests run on both databases. PASSKEY_TEST_DATABASES=sqlite (or
postgresql) runs them on one. Those that no database has a part in, or that look
into cloud.db, are marked with @pytest.mark.sqlite and run once."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import cloud as cloud_module  # noqa: E402
from cloud import Cloud  # noqa: E402
from cloud_link import Link  # noqa: E402
from postgres import Postgres  # noqa: E402

DATABASES = os.environ.get("PASSKEY_TEST_DATABASES", "sqlite,postgresql").split(",")


def pytest_configure(config):
    config.addinivalue_line("markers", "sqlite: runs on SQLite only")
    config.addinivalue_line("markers", "postgresql: runs on PostgreSQL only")


def pytest_generate_tests(metafunc):
    only = {mark.name for mark in metafunc.definition.iter_markers()} & {"sqlite", "postgresql"}
    metafunc.parametrize("database", [name for name in DATABASES if not only or name in only],
                         indirect=True, scope="session")


@pytest.fixture(scope="session")
def postgres():
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def database(request):
    """The database of every Cloud of the test."""
    cloud_module.postgres = (request.getfixturevalue("postgres")
                             if request.param == "postgresql" else None)
    yield request.param
    cloud_module.postgres = None


@pytest.fixture(scope="module")
def cloud(database):
    """One server for the tests of a file: each makes identities of its own."""
    with Cloud() as running:
        yield running
    running.assert_clean()


@pytest.fixture
def link(cloud):
    return Link(cloud)
