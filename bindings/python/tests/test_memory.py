# SPDX-License-Identifier: Apache-2.0
"""What is held is given back, and memory is used as CPython's debug hooks want it."""
import asyncio
import gc
import os
import subprocess
import sys
import weakref

import pytest

import passkey
from conftest import BUILD, REPOSITORY

TESTS = REPOSITORY / "bindings" / "python" / "tests"


class Callback:
    def __call__(self, step):
        pass


@pytest.mark.parametrize("job", ["ok", "info-403"])
def test_a_callback_is_let_go_when_its_call_has_ended(client, link, job):
    callback = Callback()
    gone = weakref.ref(callback)
    try:
        client.bind_passkey(link(job), on_progress=callback)
    except passkey.CloudError as error:
        error.__traceback__ = None
    del callback
    assert passkey._native.drain(10_000)
    gc.collect()

    assert gone() is None


def test_a_callback_of_an_operation_that_nobody_waits_for_is_let_go(client):
    callback = Callback()
    gone = weakref.ref(callback)
    operation = client._native.start_bind("no link")
    operation.when_step(callback)
    del operation, callback
    assert passkey._native.drain(10_000)
    gc.collect()

    assert gone() is None


def test_nothing_is_left_of_clients_and_calls(options, link):
    """Without a log, whose records pytest keeps."""
    quiet = {**options, "log": "off"}
    with passkey.Client(**quiet) as client:
        client.bind_passkey(link())

    def use():
        with passkey.Client(**quiet) as client:
            with pytest.raises(passkey.LinkError):
                client.check("no link")
            client.list_passkeys()
            asyncio.run(client.list_passkeys_async())

    def num_objects():
        assert passkey._native.drain(10_000)
        gc.collect()
        return len(gc.get_objects())

    use()
    before = num_objects()
    for _ in range(100):
        use()

    assert num_objects() - before < 100
    assert not list(passkey._operations._operations)


def test_the_calls_and_their_misuse_under_debug_hooks(cloud):
    """PYTHONMALLOC=debug finds writes out of bounds and use without the GIL;
    -X dev and -W error, what is deprecated or left open."""
    tests = [TESTS / name for name in ("test_bind.py", "test_misuse.py", "test_progress.py")]
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider",
         "-k", "not native_library", *tests],
        env={**os.environ, "PYTHONMALLOC": "debug", "PASSKEY_BUILD": str(BUILD),
             "PASSKEY_MOCK_URL": cloud},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    assert done.returncode == 0, done.stdout
