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

    def __repr__(self) -> str:
        told = (f"{name}={getattr(self, name)!r}" for name in ("code", "message", "hint"))
        more = (
            f"{name}={value!r}"
            for name in ("http_status", "retryable", "cause", "correlation_id")
            if (value := getattr(self, name))
        )
        return f"{type(self).__name__}({', '.join((*told, *more))})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.message, self.hint), self.__dict__


class InvalidArgumentError(PasskeyError, ValueError):
    """An argument or an option is not allowed."""


class CanceledError(PasskeyError):
    """The call was canceled: the interpreter is about to end."""


class LinkError(PasskeyError):
    """The link is none, or not one that may be followed."""


class CloudError(PasskeyError):
    """The cloud refused, failed, or answered what it should not."""


class NetworkError(PasskeyError):
    """The cloud could not be reached, or not be trusted."""


class PasskeyTimeoutError(NetworkError, TimeoutError):
    """The time allowed has passed."""


class TpmError(PasskeyError):
    """There is no TPM to use, it failed, or it does not know the key."""


class StoreError(PasskeyError):
    """The store could not be read or written."""


class NoSuchPasskeyError(StoreError, LookupError):
    """The store has no passkey with this id."""


#: By code, where a kind of failure has a class of its own; else by the hundred
#: that the status's number is in (PASSKEY_STATUS_MAP in passkey.h).
_OF_CODE: dict[str, type[PasskeyError]] = {
    "invalid_argument": InvalidArgumentError,
    "invalid_option": InvalidArgumentError,
    "canceled": CanceledError,
    "timeout": PasskeyTimeoutError,
    "no_such_passkey": NoSuchPasskeyError,
}
_OF_HUNDRED: dict[int, type[PasskeyError]] = {
    1: LinkError,
    2: CloudError,
    3: NetworkError,
    4: TpmError,
    5: StoreError,
}


def from_native(native: NativeError) -> PasskeyError:
    """Called by the extension to make what it raises."""
    kind = _OF_CODE.get(native.code()) or _OF_HUNDRED.get(native.status() // 100, PasskeyError)
    return kind(
        native.code(),
        native.message(),
        native.hint(),
        http_status=native.http_status() or None,
        retryable=native.retryable(),
        cause=native.cause(),
        correlation_id=native.correlation_id(),
    )
