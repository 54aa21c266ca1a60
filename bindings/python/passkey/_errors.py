# SPDX-License-Identifier: Apache-2.0
"""How a call fails."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._native import NativeError


class PasskeyError(Exception):
    """Why a call failed and what to do next. Holds no link and no token.

    str() of it reads "code: message (hint)".
    """

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        http_status: int | None = None,
        retryable: bool = False,
        cause: str | None = None,
        correlation_id: str | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}" + (f" ({hint})" if hint else ""))
        #: The kind of failure, such as "link_expired"; see docs/errors.md.
        self.code = code
        #: What happened, in one sentence.
        self.message = message
        #: What to do about it; may be "".
        self.hint = hint
        #: The HTTP status of the cloud's answer, if there was one.
        self.http_status = http_status
        #: True when the same call may succeed later with nothing changed.
        self.retryable = retryable
        #: The technical cause, such as "CURLE_COULDNT_CONNECT".
        self.cause = cause
        #: The x-correlation-id of the cloud's answer, if there was one.
        self.correlation_id = correlation_id

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.message, self.hint), self.__dict__


def from_native(native: NativeError) -> PasskeyError:
    """Called by the extension to make what it raises."""
    return PasskeyError(
        native.code(),
        native.message(),
        native.hint(),
        http_status=native.http_status() or None,
        retryable=native.retryable(),
        cause=native.cause(),
        correlation_id=native.correlation_id(),
    )
