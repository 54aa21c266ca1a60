# SPDX-License-Identifier: Apache-2.0
"""Threads and the event loop; python -X dev."""
import asyncio
import contextlib
import logging
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import passkey


def test_other_threads_run_during_a_bind(client, link):
    """Were the GIL held, nobody could cancel it before its time is over."""
    has_begun = threading.Event()

    def cancel():
        has_begun.wait()
        for operation in list(passkey._operations._operations):
            operation.cancel()

    canceler = threading.Thread(target=cancel)
    canceler.start()
    with pytest.raises(passkey.CanceledError):
        client.bind_passkey(
            link("slow-60000"), on_progress=lambda step: step == "instruction" and has_begun.set())
    canceler.join()


def test_one_client_serves_many_threads(client, link):
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(client.bind_passkey, [link() for _ in range(8)]))

    assert len({result.passkey.thumbprint for result in results}) == 8


def test_a_client_closed_during_a_bind_lets_it_end(client, link):
    result = client.bind_passkey(link(), on_progress=lambda step: client.close())

    assert result.id
    with pytest.raises(ValueError, match="closed"):
        client.list_passkeys()


def test_clients_opened_and_closed_by_many_threads(options, link):
    def use(_):
        with passkey.Client(**options) as client:
            assert client.list_passkeys() == []
            with pytest.raises(passkey.LinkError):
                client.bind_passkey("no link")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(use, range(200))) == [None] * 200


def call_many(client, num_calls, give_log):
    """Operations with every callback there is, and the setters meanwhile."""
    for _ in range(250):
        operation = client._native.start_bind("no link")
        operation.when_step(lambda step: num_calls["step"].append(step))
        operation.when_done(lambda: num_calls["done"].append(1))
        give_log()
        client._native.set_option("timeout_ms", "20000")
        operation.wait(-1)
        operation.cancel()


def test_callbacks_and_setters_do_not_wait_for_each_other(client):
    """A callback that waits for the GIL must not hold a lock that a setter
    wants while it has the GIL."""
    num_calls = {"step": [], "done": [], "log": []}
    client._native.set_option("log", "debug")

    def give_log():
        client._native.set_log(lambda level, line: num_calls["log"].append(line))

    threads = [threading.Thread(target=call_many, args=(client, num_calls, give_log), daemon=True)
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert passkey._native.drain(10_000)

    assert len(num_calls["done"]) == len(num_calls["step"]) == 1000
    assert len(num_calls["log"]) > 1000


def test_loggers_of_many_threads(client, link):
    """The core's lines and the program's, through one handler with its lock."""
    logger = logging.getLogger("passkey")
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        with ThreadPoolExecutor(4) as pool:
            pool.map(lambda n: logger.info("mine"), range(400))
            results = list(pool.map(client.bind_passkey, [link() for _ in range(8)]))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)

    assert len(results) == sum(line.startswith("bind: done") for line in lines) == 8
    assert lines.count("mine") == 400


def test_the_event_loop_is_free_during_a_bind(client, link):
    async def turn_during_bind():
        bind = asyncio.ensure_future(client.bind_passkey_async(link("slow-300")))
        num_turns = 0
        while not bind.done():
            await asyncio.sleep(0)
            num_turns += 1
        return bind.result(), num_turns

    result, num_turns = asyncio.run(turn_during_bind())

    assert result.id and num_turns > 10


def test_a_timeout_of_asyncio_cancels_the_bind(client, link):
    async def give_up():
        await asyncio.wait_for(client.bind_passkey_async(link("slow-60000")), 0.2)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(give_up())

    assert passkey._native.drain(10_000)
    assert client.list_passkeys() == []


def test_a_loop_that_is_closed_under_a_call_hurts_nobody(client, link, capfd):
    loop = asyncio.new_event_loop()
    task = loop.create_task(client.bind_passkey_async(link("slow-100")))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert passkey._native.drain(60_000)

    assert not task.done() and "Traceback" not in capfd.readouterr().err
    task._log_destroy_pending = False
    with contextlib.suppress(RuntimeError):  # asyncio's own: its loop is closed
        task.get_coro().close()


def test_development_mode_has_nothing_to_say(python, link):
    process = python(
        "import asyncio, sys, passkey\n"
        "with passkey.Client(**options) as client:\n"
        "    print(client.bind_passkey(sys.argv[1]).passkey.state)\n"
        "    print(len(asyncio.run(client.list_passkeys_async())))",
        link(), flags=("-X", "dev", "-W", "error"))
    output, errors = process.communicate(timeout=60)

    assert (output, errors, process.returncode) == ("active\n1\n", "", 0)


def test_a_signal_handler_may_call_the_library(client, link):
    """Also one that comes while the library holds its lock."""
    lists = []
    before = signal.signal(signal.SIGUSR1, lambda *_: lists.append(client.list_passkeys()))
    try:
        with passkey._operations._lock:
            signal.raise_signal(signal.SIGUSR1)
        client.bind_passkey(link(), on_progress=lambda step: signal.raise_signal(signal.SIGUSR1))
    finally:
        signal.signal(signal.SIGUSR1, before)

    # The last step has begun when it is told, and may have ended.
    assert len(lists) == 7 and lists[:3] == [[]] * 3
