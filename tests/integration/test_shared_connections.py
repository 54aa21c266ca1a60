# SPDX-License-Identifier: Apache-2.0
"""Operations of one process share connections, and never what proves who is at the other end.
On the library as it is shipped, through ctypes."""
import ctypes

import pytest
from authority import Authority
from conftest import BUILD
from mock_cloud import MockCloud

CANCELED, TLS_ERROR = 4, 301


@pytest.fixture(scope="module")
def library():
    path = BUILD / "lib" / "libpasskey.so"
    if b"__asan_init" in path.read_bytes() or b"__tsan_init" in path.read_bytes():
        pytest.skip("a sanitizer wants to be loaded first")
    return ctypes.CDLL(str(path))


class Client:
    """The public functions that this page needs."""

    def __init__(self, library, **options):
        self.library, self.client = library, ctypes.c_void_p()
        assert library.passkey_client_new(ctypes.byref(self.client), None) == 0
        for name, value in options.items():
            status = library.passkey_client_set_option(self.client, name.encode(), str(value).encode(), None)
            assert status == 0, name

    def start(self, link):
        operation = ctypes.c_void_p()
        assert self.library.passkey_client_bind_start(self.client, link.encode(), ctypes.byref(operation), None) == 0
        return operation

    def end(self, operation):
        result = ctypes.c_void_p()
        self.library.passkey_operation_wait(operation, -1)
        status = self.library.passkey_operation_bind_result(operation, ctypes.byref(result), None)
        self.library.passkey_bind_result_free(result)
        self.library.passkey_operation_free(operation)
        return status

    def bind(self, link):
        return self.end(self.start(link))

    def cancel(self, operation):
        self.library.passkey_operation_cancel(operation)
        return self.end(operation)


@pytest.fixture
def clients(library, home, tmp_path):
    def make(**options):
        return Client(library, home=home, tpm="swtpm", allowed_domains="localhost", **options)
    return make


@pytest.fixture
def cloud(tmp_path):
    authority = Authority(tmp_path / "ca")
    with MockCloud(0, *authority.issue("localhost")) as server:
        server.ca = authority.file
        yield server


def connections(cloud, *names):
    return {entry["connection"] for name in names for entry in cloud.log(name)}


def test_another_ca_file_takes_no_connection_over(clients, cloud, tmp_path):
    trusting = clients(ca_file=cloud.ca)
    distrusting = clients(ca_file=Authority(tmp_path / "other", "Another CA").file)
    waiting = trusting.start(cloud.link("slow-60000-a"))  # keeps the library from closing all
    cloud.wait_for("slow-60000-a", "invoke")
    assert trusting.bind(cloud.link("ok-b")) == 0           # leaves an idle connection behind
    before = len(cloud.log())
    assert distrusting.bind(cloud.link("ok-c")) == TLS_ERROR
    assert clients().bind(cloud.link("ok-d")) == TLS_ERROR
    assert len(cloud.log()) == before
    assert trusting.bind(cloud.link("ok-e")) == 0
    assert connections(cloud, "ok-b") == connections(cloud, "ok-e")  # it was there to be taken
    assert trusting.cancel(waiting) == CANCELED
