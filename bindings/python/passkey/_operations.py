# SPDX-License-Identifier: Apache-2.0
"""Operations under way, and their end when the interpreter ends.

A thread of the core that calls into an interpreter which is being finalized
crashes it. So at exit everything under way is canceled and waited for.
"""
from __future__ import annotations

import atexit
import os
import threading
from contextlib import contextmanager
from typing import Iterator

from . import _native

#: Ctrl-C is seen between two waits.
SLICE_MS = 100
#: How long the end of the interpreter may be delayed by a TPM that hangs.
DRAIN_MS = 10_000

_lock = threading.Lock()
_under_way: set[_native.NativeOperation] = set()
_is_used = False
_is_over = False


def _start(client: _native.NativeClient, link: str) -> _native.NativeOperation:
    """Under the lock, so that none starts unseen by _end."""
    global _is_used
    with _lock:
        if _is_over:
            raise RuntimeError("the interpreter is about to end")
        _is_used = True
        operation = client.start_bind(link)
        _under_way.add(operation)
        return operation


@contextmanager
def binding(client: _native.NativeClient, link: str) -> Iterator[_native.NativeOperation]:
    """A bind operation; canceled when the body is left by an exception."""
    operation = _start(client, link)
    try:
        yield operation
    except BaseException:
        operation.cancel()
        raise
    finally:
        with _lock:
            _under_way.discard(operation)


def wait(operation: _native.NativeOperation) -> None:
    while not operation.wait(SLICE_MS):
        pass


def _end() -> None:
    global _is_over
    with _lock:
        _is_over = True
        operations = list(_under_way)
    for operation in operations:
        operation.cancel()
    if _is_used:
        _native.drain(DRAIN_MS)


def _forget() -> None:
    """In a forked child: the operations and the lock are the parent's."""
    global _lock, _under_way, _is_used
    _lock, _under_way, _is_used = threading.Lock(), set(), False


atexit.register(_end)
os.register_at_fork(after_in_child=_forget)
