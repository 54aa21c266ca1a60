# SPDX-License-Identifier: Apache-2.0
"""Python's values as the texts that the core takes."""
from __future__ import annotations

import os
from typing import Iterable, Union

OptionValue = Union[str, bool, int, "os.PathLike[str]", Iterable[str]]


def core_text(value: object, name: str) -> str:
    """The value, if it is a str that survives the way through C; its content
    is in no exception, for it may be a secret."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be str, not {type(value).__name__}")
    if "\0" in value:
        raise ValueError(f"{name} contains a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} contains a lone surrogate") from None
    return value


def option_text(value: OptionValue, name: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, os.PathLike):
        return core_text(os.fspath(value), name)
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return ",".join(core_text(each, name) for each in value)
    return core_text(value, name)
