# SPDX-License-Identifier: Apache-2.0
"""Where a request ends: when that is not clear, it is refused and the connection closed,
so that nothing that a proxy took for a body is ever read as the next request."""
import json

import pytest

from wire import Wire

pytestmark = pytest.mark.sqlite  # no database has a part in it

NEXT = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def request(*headers, body="", version="1.1"):
    lines = "".join(header + "\r\n" for header in headers)
    return f"POST /v1/x HTTP/{version}\r\nHost: x\r\n{lines}\r\n{body}"


AMBIGUOUS = {
    "two lengths": request("Content-Length: 0", f"Content-Length: {len(NEXT)}"),
    "two lengths, the other way round": request(f"Content-Length: {len(NEXT)}", "Content-Length: 0"),
    "the same length twice": request("Content-Length: 2", "Content-Length: 2", body="{}"),
    "two lengths in other letters": request("Content-Length: 0", "CONTENT-LENGTH: 5"),
    "a length and chunks": request("Content-Length: 5", "Transfer-Encoding: chunked",
                                   body="0\r\n\r\n"),
    "chunks and a length": request("Transfer-Encoding: chunked", "Content-Length: 5",
                                   body="0\r\n\r\n"),
    "chunks twice": request("Transfer-Encoding: chunked", "Transfer-Encoding: chunked",
                            body="0\r\n\r\n"),
    "chunks twice in one": request("Transfer-Encoding: chunked, chunked", body="0\r\n\r\n"),
    "chunks that are not last": request("Transfer-Encoding: chunked, identity", body="0\r\n\r\n"),
    "an encoding in the chunks": request("Transfer-Encoding: gzip, chunked", body="0\r\n\r\n"),
    "an encoding, then chunks": request("Transfer-Encoding: gzip", "Transfer-Encoding: chunked",
                                        body="0\r\n\r\n"),
    "chunks, then an encoding": request("Transfer-Encoding: chunked", "Transfer-Encoding: gzip",
                                        body="0\r\n\r\n"),
    "an unknown encoding": request("Transfer-Encoding: xchunked", body="0\r\n\r\n"),
    "an encoding and a length": request("Transfer-Encoding: identity", "Content-Length: 0"),
    "no encoding": request("Transfer-Encoding:", body="0\r\n\r\n"),
    "a space in front of the colon": request("Content-Length : 5", body="hello"),
    "a tab in front of the colon": request("Content-Length\t: 5", body="hello"),
    "chunks with a space in front of the colon": request("Transfer-Encoding : chunked",
                                                         body="0\r\n\r\n"),
    "a length on two lines": request("Content-Length: 5\r\n 0", body="hello"),
    "a length on the next line": request("Content-Length:\r\n 5", body="hello"),
    "a length in the line that another goes on in": request("X: y\r\n Content-Length: 5",
                                                            body="hello"),
    "chunks on the next line": request("Transfer-Encoding:\r\n chunked", body="0\r\n\r\n"),
    "chunks on two lines": request("Transfer-Encoding: chun\r\n ked", body="0\r\n\r\n"),
    "a control character in front of chunks": request("Transfer-Encoding: \x0bchunked",
                                                      body="0\r\n\r\n"),
    "chunks in HTTP/1.0": request("Transfer-Encoding: chunked", "Connection: keep-alive",
                                  body="0\r\n\r\n", version="1.0"),
}


@pytest.mark.parametrize("text", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_a_request_whose_end_is_not_clear_is_the_last(cloud, text):
    with Wire(cloud) as wire:
        wire.send(text + NEXT)
        status, headers, body = wire.answer()
        assert status == 400 and headers["connection"].lower() == "close"
        assert json.loads(body) == {"code": "bad_request",
                                    "message": "it is not clear where the request ends"}
        assert headers["content-type"] == "application/json" and headers["x-correlation-id"]
        assert ends(wire)


def ends(wire):
    """Whether nothing more comes: closed, or reset, since what was sent was not read."""
    try:
        return wire.answer() == (None, {}, b"")
    except ConnectionResetError:
        return True


# What libmicrohttpd itself does not read as a request, it refuses with a page of its own.
MALFORMED = {
    "two lengths in one": request("Content-Length: 5, 5", body="hello"),
    "a signed length": request("Content-Length: +5", body="hello"),
    "a length in hexadecimal": request("Content-Length: 0x5", body="hello"),
    "no length": request("Content-Length: ", body="hello"),
    "a length and more": request("Content-Length: 5;", body="hello"),
    "a length beyond 64 bits": request("Content-Length: 18446744073709551621", body="hello"),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_a_length_that_is_none_is_refused_too(cloud, text):
    with Wire(cloud) as wire:
        wire.send(text + NEXT)
        answers = everything(wire)
    assert b" 200 OK" not in answers and b'"status"' not in answers
    assert answers.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))


def everything(wire):
    """All that comes until the connection is closed: libmicrohttpd 0.9.75 sends the
    head of such a page twice."""
    text = b""
    while (part := wire.socket.recv(65536)):
        text += part
    return text


CHUNKS = {"signed": "+2\r\n{}\r\n0\r\n\r\n", "negative": "-1\r\n{}\r\n0\r\n\r\n",
          "with 0x": "0x2\r\n{}\r\n0\r\n\r\n", "empty": "\r\n{}\r\n0\r\n\r\n",
          "beyond 64 bits": "10000000000000002\r\n{}\r\n0\r\n\r\n",
          "behind a space": " 2\r\n{}\r\n0\r\n\r\n", "without their line's end": "2\r\n{}0\r\n\r\n"}


@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS)
def test_chunks_that_are_none_are_refused(cloud, chunks):
    with Wire(cloud) as wire:
        wire.send(request("Transfer-Encoding: chunked", body=chunks) + NEXT)
        answers = everything(wire)
    assert b" 200 OK" not in answers and b"Method Not Allowed" not in answers
    assert answers == b"" or answers.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))


@pytest.mark.parametrize("text", [
    request("Content-Length: 2", body="{}"), request(), request("transfer-encoding: Chunked",
                                                                body="2\r\n{}\r\n0\r\n\r\n"),
    request("Content-Length: 2", "X-Content-Length: 3", body="{}")])
def test_after_others_the_connection_is_kept(cloud, text):
    with Wire(cloud) as wire:
        wire.send(text + NEXT)
        assert wire.answer()[0] == 404
        assert wire.answer()[0] == 200
