# SPDX-License-Identifier: Apache-2.0
"""Threads, signals, asyncio, fork, and the end of the interpreter."""
import asyncio
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import passkey

EXITS = 50


def test_other_threads_run_during_a_bind(client, link):
    ticks, is_over = [], threading.Event()

    def tick():
        while not is_over.wait(0.005):
            ticks.append(time.monotonic())

    ticker = threading.Thread(target=tick)
    ticker.start()
    client.bind_passkey(link("slow-500"))
    is_over.set()
    ticker.join()

    assert len(ticks) > 40


def test_one_client_serves_many_threads(client, link):
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(client.bind_passkey, [link() for _ in range(8)]))

    assert len({result.passkey.thumbprint for result in results}) == 8


def test_a_client_closed_during_a_bind_lets_it_end(client, link):
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(client.bind_passkey, link("slow-300"))
        time.sleep(0.1)
        client.close()

    assert future.result().id


def test_callbacks_and_setters_do_not_wait_for_each_other(client):
    """A callback that waits for the GIL must not hold a lock that a setter
    wants while it has the GIL."""
    num_calls = []

    def start_many():
        for _ in range(250):
            operation = client._native.start_bind("no link")
            operation.when_done(lambda: num_calls.append(1))
            operation.wait(-1)
            operation.cancel()

    threads = [threading.Thread(target=start_many, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert passkey._native.drain(10_000)

    assert len(num_calls) == 1000


def test_ctrl_c_ends_a_bind(python, link):
    url = link("slow-15000")
    process = python(
        "import sys, passkey\n"
        "print('ready', flush=True)\n"
        "passkey.Client(**options).bind_passkey(sys.argv[1])", url)
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.3)

    process.send_signal(signal.SIGINT)
    before = time.monotonic()
    _, errors = process.communicate(timeout=10)

    assert time.monotonic() - before < 2
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in errors and "tok-" not in errors


def test_the_event_loop_is_free_during_a_bind(client, link):
    async def tick_during_bind():
        bind = asyncio.ensure_future(client.bind_passkey_async(link("slow-500")))
        num_ticks = 0
        while not bind.done():
            await asyncio.sleep(0.01)
            num_ticks += 1
        return bind.result(), num_ticks

    result, num_ticks = asyncio.run(tick_during_bind())

    assert result.id and num_ticks > 25


def test_canceling_a_task_cancels_the_bind(client, link):
    async def give_up():
        await asyncio.wait_for(client.bind_passkey_async(link("slow-15000")), 0.2)

    before = time.monotonic()
    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(give_up())

    assert time.monotonic() - before < 2
    assert passkey._native.drain(5000)
    assert client.list_passkeys() == []


def test_a_client_is_not_used_across_fork(python, link):
    process = python(
        "import os, sys, passkey\n"
        "client = passkey.Client(**options)\n"
        "client.bind_passkey(sys.argv[1])\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    try:\n"
        "        client.list_passkeys()\n"
        "    except RuntimeError:\n"
        "        passkey.Client(**options).bind_passkey(sys.argv[2])\n"
        "        sys.exit(7)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))", link(), link())
    output, errors = process.communicate(timeout=60)

    assert (output, process.returncode) == ("7\n", 0), errors


# What is registered before passkey is imported runs after passkey's own end.
END_WITH_BINDS_PENDING = """
import atexit
atexit.register(lambda: print(passkey._native.drain(0)))
import asyncio, sys, threading, passkey
client = passkey.Client(**options)
loop = asyncio.new_event_loop()
def bind_in_thread(link, bind=client.bind_passkey):
    try: # a daemon thread that prints while the interpreter ends aborts it
        bind(link)
    except (passkey.PasskeyError, RuntimeError):
        pass
for link in sys.argv[2:]:
    loop.create_task(client.bind_passkey_async(link))
    threading.Thread(target=bind_in_thread, args=(link,), daemon=True).start()
loop.run_until_complete(asyncio.sleep(float(sys.argv[1])))
del client
"""


def end_with_binds_pending(python, link, number):
    """The delays differ so that some callbacks would meet the very end."""
    delays = number, 2 * number, 50, 15000
    process = python(
        END_WITH_BINDS_PENDING, str(number / 1000),
        *(link(f"slow-{delay}-invoke") for delay in delays))
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def test_the_interpreter_ends_only_when_no_bind_runs(python, link):
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(
            lambda number: end_with_binds_pending(python, link, number), range(EXITS)))

    assert [(code, output) for code, output, _ in ends] == [(0, "True\n")] * EXITS, ends
    assert not any("tok-" in errors for _, _, errors in ends)


def test_development_mode_has_nothing_to_say(python, link):
    process = python(
        "import sys, passkey\n"
        "with passkey.Client(**options) as client:\n"
        "    print(client.bind_passkey(sys.argv[1]).passkey.state)\n"
        "    print(len(client.list_passkeys()))", link(), flags=("-X", "dev", "-W", "error"))
    output, errors = process.communicate(timeout=60)

    assert (output, errors, process.returncode) == ("active\n1\n", "", 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_child_that_does_nothing_ends_at_once(python, link):
    process = python(
        "import os, sys, time, passkey\n"
        "import threading\n"
        "client = passkey.Client(**options)\n"
        "bind = threading.Thread(target=client.bind_passkey, args=(sys.argv[1],))\n"
        "bind.start()\n"
        "time.sleep(0.2)\n"
        "before = time.monotonic()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    sys.exit(0)\n"
        "os.waitpid(child, 0)\n"
        "print(time.monotonic() - before < 2)\n"
        "bind.join()", link("slow-3000"))
    output, errors = process.communicate(timeout=60)

    assert (output, process.returncode) == ("True\n", 0), errors
