# SPDX-License-Identifier: Apache-2.0
"""The version of the package, and whether its native half is there and of the
same: imported before all else."""

VERSION = "0.1.0"

_REMEDY = (
    "Install the package anew; libcurl, OpenSSL 3, cJSON and tpm2-tss come from the system"
    " (docs/python.md names the packages)."
)

try:
    from . import _native
except (ImportError, AttributeError) as reason:
    raise ImportError(
        f"The native library of passkey {VERSION} cannot be loaded: {reason}. {_REMEDY}"
    ) from reason
if _native.version() != VERSION:
    raise ImportError(
        f"This is passkey {VERSION}, but its native library is of {_native.version()}. {_REMEDY}"
    )
