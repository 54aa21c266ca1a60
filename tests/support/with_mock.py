#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""python3 with_mock.py COMMAND…: runs it while a mock cloud is up, whose base
URL it finds in the environment PASSKEY_MOCK_URL."""
import os
import subprocess
import sys

from mock_cloud import MockCloud

with MockCloud() as mock:
    sys.exit(subprocess.run(sys.argv[1:], env={**os.environ, "PASSKEY_MOCK_URL": mock.base_url}).returncode)
