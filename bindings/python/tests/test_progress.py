# SPDX-License-Identifier: Apache-2.0
"""The steps of a call as they begin, and leaving a call in the middle."""
import asyncio
import contextlib
import signal
import subprocess
import threading

import pytest

import passkey

BIND_STEPS = ["link", "instruction", "info", "key", "register", "store"]


def test_the_steps_of_a_bind_come_in_order_on_the_thread_that_waits(client, link):
    told = []

    client.bind_passkey(link(), on_progress=lambda step: told.append((step, threading.get_ident())))

    assert told == [(step, threading.get_ident()) for step in BIND_STEPS]


def test_the_steps_of_an_async_bind_come_in_the_event_loop(client, link):
    told = []

    async def bind():
        task = asyncio.current_task()
        await client.bind_passkey_async(
            link(), on_progress=lambda step: told.append((step, asyncio.current_task() is task)))

    asyncio.run(bind())

    assert told == [(step, True) for step in BIND_STEPS]


def test_the_steps_end_with_the_one_that_failed(client, link):
    told = []

    with pytest.raises(passkey.PasskeyError):
        client.bind_passkey(link("info-403"), on_progress=told.append)

    assert told == BIND_STEPS[:3]


def test_an_info_has_three_steps(client, link):
    told = []

    client.info(link(), on_progress=told.append)

    assert told == BIND_STEPS[:3]


class Enough(Exception):
    pass


def stop_at(step):
    def on_progress(begun):
        if begun == step:
            raise Enough

    return on_progress


def test_what_on_progress_raises_cancels_the_call_and_comes_out_of_it(client, link):
    with pytest.raises(Enough):
        client.bind_passkey(link("slow-15000"), on_progress=stop_at("instruction"))

    assert passkey._native.drain(10_000)
    assert client.list_passkeys() == []


def test_what_on_progress_raises_comes_out_of_an_await(client, link):
    with pytest.raises(Enough):
        asyncio.run(client.bind_passkey_async(
            link("slow-15000"), on_progress=stop_at("instruction")))

    assert passkey._native.drain(10_000)
    assert client.list_passkeys() == []


def test_on_progress_may_call_the_library(client, link):
    lists = []

    client.bind_passkey(link(), on_progress=lambda step: lists.append(client.list_passkeys()))

    # The last step has begun when it is told, and may have ended.
    assert len(lists) == len(BIND_STEPS) and lists[:3] == [[]] * 3


def test_on_progress_that_cannot_be_called(client, link):
    with pytest.raises(TypeError, match="on_progress must be callable, not str"):
        client.bind_passkey(link(), on_progress="print")
    with pytest.raises(TypeError, match="on_progress must be callable, not str"):
        asyncio.run(client.bind_passkey_async(link(), on_progress="print"))

    assert client.list_passkeys() == []


class Falsy(list):
    def __call__(self, step):
        self.steps = [*getattr(self, "steps", []), step]


def test_on_progress_may_be_false_in_itself(client, link):
    told = Falsy()

    client.bind_passkey(link(), on_progress=told)

    assert told.steps == BIND_STEPS


def test_a_canceled_task_cancels_the_call(client, link):
    async def give_up():
        begun = asyncio.Event()
        task = asyncio.ensure_future(client.bind_passkey_async(
            link("slow-15000"), on_progress=lambda step: step == "instruction" and begun.set()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(give_up())

    assert passkey._native.drain(10_000)
    assert client.list_passkeys() == []


INTERRUPTED = """
import sys, passkey
with passkey.Client(**options) as client:
    name, *arguments = sys.argv[1:]
    print("ready", flush=True)
    getattr(client, name)(*arguments)
"""


def interrupt(process):
    """Until it has ended, as somebody would press Ctrl-C again."""
    assert process.stdout.readline() == "ready\n"
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2)
    return process.communicate()


@pytest.mark.parametrize("name", ["bind_passkey", "info"])
def test_ctrl_c_ends_a_call_that_waits_for_the_cloud(python, link, name):
    process = python(INTERRUPTED, name, link("slow-60000"))

    _, errors = interrupt(process)

    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in errors and "tok-" not in errors


def test_ctrl_c_ends_a_wait_for_a_job(python_with_jobs, manager, real_cloud):
    job = manager.create_job(real_cloud.identity_id)
    process = python_with_jobs(INTERRUPTED, "wait_job", "-", job.id)

    _, errors = interrupt(process)

    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in errors and real_cloud.api_token not in errors
