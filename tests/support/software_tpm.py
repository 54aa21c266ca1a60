# SPDX-License-Identifier: Apache-2.0
"""swtpm on a state folder, for TPM programs that are not ours."""
import os
import socket
import subprocess


class SoftwareTpm:
    """Its sockets are open before it starts, so nobody needs to wait for it."""

    def __init__(self, state, folder):
        self.path = str(folder / "tpm")
        doors = [self._listen(self.path), self._listen(self.path + ".ctrl")]
        numbers = [door.fileno() for door in doors]
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--flags", "not-need-init,startup-clear",
             "--server", f"type=unixio,fd={numbers[0]}", "--ctrl", f"type=unixio,fd={numbers[1]}"],
            pass_fds=numbers, stderr=subprocess.DEVNULL)
        for door in doors:
            door.close()

    @staticmethod
    def _listen(path):
        door = socket.socket(socket.AF_UNIX)
        door.bind(path)
        door.listen(8)
        return door

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def openssl(self, *arguments):
        """openssl with the tpm2 provider on this TPM."""
        env = {**os.environ, "TPM2OPENSSL_TCTI": f"swtpm:path={self.path}"}
        command, *others = map(str, arguments)
        return subprocess.run(["openssl", command, "-provider", "tpm2", "-provider", "default", *others], env=env,
                              capture_output=True, timeout=60)
