# SPDX-License-Identifier: Apache-2.0
"""The calls that run as operations of the core, one entry for each."""
from __future__ import annotations

import math
from typing import List

from . import _results
from ._operations import Call
from ._options import core_text
from ._results import BindResult, Finding, Info, Job, Passkey, PasskeyList, Resumed

#: The most that the core's unsigned int holds.
_MAX_WAIT_MS = 2**32 - 1


def bind(link: str) -> Call[BindResult]:
    core_text(link, "link")
    return Call(
        lambda client: client.start_bind(link),
        lambda operation: _results.bind_result(operation.take_result()),
    )


def info(link: str) -> Call[Info]:
    core_text(link, "link")
    return Call(
        lambda client: client.start_info(link),
        lambda operation: _results.info(operation.take_info()),
    )


def resume() -> Call[List[Resumed]]:
    return Call(
        lambda client: client.start_resume(),
        lambda operation: _results.resumption(operation.take_resumption()),
    )


def list_passkeys() -> Call[PasskeyList]:
    return Call(
        lambda client: client.start_list(),
        lambda operation: _results.passkey_list(operation.take_list()),
    )


def get_passkey(id: str) -> Call[Passkey]:
    core_text(id, "id")
    return Call(
        lambda client: client.start_get(id),
        lambda operation: _results.passkey(operation.take_passkey()),
    )


def delete_passkey(id: str) -> Call[None]:
    core_text(id, "id")
    return Call(
        lambda client: client.start_delete(id), lambda operation: operation.take_deleted()
    )


def create_job(
    identity_id: str, delivery_method: str, post_binding_redirect_uri: str | None
) -> Call[Job]:
    core_text(identity_id, "identity_id")
    core_text(delivery_method, "delivery_method")
    if post_binding_redirect_uri is not None:
        core_text(post_binding_redirect_uri, "post_binding_redirect_uri")
    return Call(
        lambda client: client.start_create_job(
            identity_id, delivery_method, post_binding_redirect_uri
        ),
        lambda operation: _results.job(operation.take_job()),
    )


def get_job(identity_id: str, job_id: str) -> Call[Job]:
    core_text(identity_id, "identity_id")
    core_text(job_id, "job_id")
    return Call(
        lambda client: client.start_get_job(identity_id, job_id),
        lambda operation: _results.job(operation.take_job()),
    )


def list_jobs(identity_id: str) -> Call[List[Job]]:
    core_text(identity_id, "identity_id")
    return Call(
        lambda client: client.start_list_jobs(identity_id),
        lambda operation: _results.job_list(operation.take_job_list()),
    )


def revoke_job(identity_id: str, job_id: str) -> Call[Job]:
    core_text(identity_id, "identity_id")
    core_text(job_id, "job_id")
    return Call(
        lambda client: client.start_revoke_job(identity_id, job_id),
        lambda operation: _results.job(operation.take_job()),
    )


def wait_job(identity_id: str, job_id: str, timeout: float | None) -> Call[Job]:
    core_text(identity_id, "identity_id")
    core_text(job_id, "job_id")
    wait_ms = _wait_ms(timeout)
    return Call(
        lambda client: client.start_wait_job(identity_id, job_id, wait_ms),
        lambda operation: _results.job(operation.take_job()),
    )


def examine() -> Call[List[Finding]]:
    return Call(
        lambda client: client.start_examine(),
        lambda operation: _results.examination(operation.take_examination()),
    )


def _wait_ms(timeout: float | None) -> int:
    """Seconds as the core's milliseconds, in which 0 is no limit."""
    if timeout is None:
        return 0
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout must be a number of seconds, not {type(timeout).__name__}")
    if not 0 <= timeout <= _MAX_WAIT_MS / 1000:
        raise ValueError(f"timeout must be 0 to {_MAX_WAIT_MS // 1000} seconds")
    return max(1, math.ceil(timeout * 1000))
