# SPDX-License-Identifier: Apache-2.0
"""What the core tells of its work goes to the logger "passkey"."""
from __future__ import annotations

import logging

logger = logging.getLogger("passkey")
logger.addHandler(logging.NullHandler())  # a library that is not asked is silent

#: The core's levels, passkey_log_level, from the least to the most important.
_LEVELS = {
    4: ("debug", logging.DEBUG),
    3: ("info", logging.INFO),
    2: ("warning", logging.WARNING),
    1: ("error", logging.ERROR),
}


def write(level: int, line: str) -> None:
    """Called by the core, on a thread of its own or on the caller's."""
    logger.log(_LEVELS[level][1], line)


def wanted() -> str:
    """The value of the option log that brings what the logger would take."""
    for name, level in _LEVELS.values():
        if logger.isEnabledFor(level):
            return name
    return "off"
