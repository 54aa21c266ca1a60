# SPDX-License-Identifier: Apache-2.0
"""How every call runs: started, listened to, canceled when it is left early,
and taken for its answer. And what becomes of those under way when the
interpreter ends or the process forks.

Functions of the program never run on a thread of the core: what comes from
there goes through a queue to the thread, or the event loop, that waits.
"""
from __future__ import annotations

import atexit
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Callable, Generic, Iterator, TypeVar
from weakref import WeakSet

from . import _native

#: A signal that comes just before a wait begins is seen after it.
SLICE_SECONDS = 0.1
#: How long the end of the interpreter may be delayed by a TPM that hangs.
DRAIN_MS = 10_000

Answer = TypeVar("Answer")
#: Told the name of each step as it begins; what it raises ends the call.
OnProgress = Callable[[str], object]


@dataclass(frozen=True)
class Call(Generic[Answer]):
    """How a call is started, and its answer taken when it has ended."""

    start: Callable[[_native.NativeClient], _native.NativeOperation]
    take: Callable[[_native.NativeOperation], Answer]


def run(client: _native.NativeClient, call: Call[Answer], on_progress: OnProgress | None) -> Answer:
    """Waits for the call; Ctrl-C cancels it."""
    _judge(on_progress)
    events: SimpleQueue[str | None] = SimpleQueue()

    def next_event() -> str | None:
        while True:
            try:
                return events.get(timeout=SLICE_SECONDS)
            except Empty:
                pass

    with _under_way(client, call) as operation:
        _listen(operation, events.put, on_progress)
        while (step := next_event()) is not None:
            if on_progress is not None:
                on_progress(step)
        return call.take(operation)


async def run_async(
    client: _native.NativeClient, call: Call[Answer], on_progress: OnProgress | None
) -> Answer:
    """run for asyncio; canceling the task cancels the call."""
    import asyncio

    _judge(on_progress)
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[str | None] = asyncio.Queue()

    def put(event: str | None) -> None:
        try:
            loop.call_soon_threadsafe(events.put_nowait, event)
        except RuntimeError:
            pass  # the loop was closed meanwhile: nobody waits any more

    with _under_way(client, call) as operation:
        _listen(operation, put, on_progress)
        while (step := await events.get()) is not None:
            if on_progress is not None:
                on_progress(step)
        return call.take(operation)


def _judge(on_progress: object) -> None:
    if on_progress is not None and not callable(on_progress):
        raise TypeError(f"on_progress must be callable, not {type(on_progress).__name__}")


def _listen(
    operation: _native.NativeOperation,
    put: Callable[[str | None], None],
    on_progress: OnProgress | None,
) -> None:
    """Each step that begins, when somebody wants to know, and None at the end."""
    if on_progress is not None:
        operation.when_step(put)
    operation.when_done(lambda: put(None))


@contextmanager
def _under_way(
    client: _native.NativeClient, call: Call[Answer]
) -> Iterator[_native.NativeOperation]:
    """The started operation; canceled when the body is left by an exception."""
    operation, process = _start(client, call), os.getpid()
    try:
        yield operation
    except BaseException:
        if process == os.getpid():
            operation.cancel()
        raise


# ------------------------------------------------- the interpreter's end, fork

#: Reentrant: a signal handler that calls the library may interrupt its holder.
_lock = threading.RLock()
_clients: WeakSet[_native.NativeClient] = WeakSet()
_operations: WeakSet[_native.NativeOperation] = WeakSet()
_is_used = False
_is_over = False


def new_client() -> _native.NativeClient:
    client = _native.new_client()
    with _lock:
        _clients.add(client)
    return client


def _start(client: _native.NativeClient, call: Call[Answer]) -> _native.NativeOperation:
    """Under the lock, so that none starts unseen by _end."""
    global _is_used
    with _lock:
        if _is_over:
            raise RuntimeError("the interpreter is about to end")
        _is_used = True
        operation = call.start(client)
        _operations.add(operation)
        return operation


def _end() -> None:
    """A thread of the core that enters an interpreter which is being finalized
    crashes it: what is under way is canceled and waited for, and then the way
    in is shut."""
    global _is_over
    with _lock:
        _is_over = True
        operations = list(_operations)
    for operation in operations:
        operation.cancel()
    if _is_used:
        _native.drain(DRAIN_MS)
    _native.end_callbacks()


def _forget() -> None:
    """In a forked child: what is the parent's is not freed, as threads that
    are not there may have held its locks."""
    global _lock, _clients, _operations, _is_used
    for native in [*_clients, *_operations]:
        native.thisown = False
    _lock, _clients, _operations, _is_used = threading.RLock(), WeakSet(), WeakSet(), False


atexit.register(_end)
os.register_at_fork(after_in_child=_forget)
