# SPDX-License-Identifier: Apache-2.0
"""What the tests of passkey listen share: the handler, links, what came of them.
Import the fixtures by name."""
import re
import socket

import pytest
from handler import NAVIGATION, Handler, read_all

from conftest import Passkey


@pytest.fixture(scope="module")
def shared_passkey(tmp_path_factory):
    scratch = tmp_path_factory.mktemp("listen")
    return Passkey(scratch / "store", scratch)


@pytest.fixture(scope="module")
def handler(shared_passkey):
    """One for all tests that leave it running."""
    with Handler(shared_passkey) as handler:
        yield handler


@pytest.fixture
def link(mock, job):
    return mock.bind_link(job("ok-listen"))


def job_of(link):
    return re.search("job_id=([^&]*)", link).group(1)


def steps(mock, link):
    """What the cloud was asked about the link's job."""
    return [entry["step"] for entry in mock.log(job_of(link)) if "step" in entry]


def untouched(mock, link):
    return not mock.log(job_of(link))


def lines(*texts):
    return "\r\n".join(texts) + "\r\n\r\n"


def navigation_lines():
    return [f"{name}: {value}" for name, value in NAVIGATION.items()]


def one_click(port, target):
    """A navigation without any of handler.py's help: what came back."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(lines(f"GET {target} HTTP/1.1", f"Host: localhost:{port}",
                                 *navigation_lines()).encode())
        return read_all(connection).decode()
