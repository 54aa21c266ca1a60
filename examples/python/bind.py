# SPDX-License-Identifier: Apache-2.0
"""Reads a passkey creation link from standard input and binds it."""
import sys

import passkey

try:
    result = passkey.bind_passkey(sys.stdin.readline().strip())
except passkey.PasskeyError as reason:
    sys.exit(f"failed to create passkey because {reason}")
print(result.id, result.passkey.thumbprint)
