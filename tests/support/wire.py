# SPDX-License-Identifier: Apache-2.0
"""A plain connection to a cloud, for requests that no client would send."""
import socket


class Wire:
    def __init__(self, cloud):
        port = int(cloud.api_base_url.rsplit(":", 1)[1])
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def answer(self):
        """(status, headers, body); status None when the connection was closed."""
        line = self.file.readline().decode()
        if not line:
            return None, {}, b""
        headers = {}
        while (header := self.file.readline().decode().rstrip()):
            name, value = header.split(":", 1)
            headers[name.lower()] = value.strip()
        return int(line.split()[1]), headers, self.file.read(int(headers.get("content-length", 0)))


def exchange(cloud, text):
    with Wire(cloud) as wire:
        wire.send(text)
        return wire.answer()
