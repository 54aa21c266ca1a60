# SPDX-License-Identifier: Apache-2.0
"""The end of the interpreter, and fork."""
import json
import re
import subprocess
import urllib.request
from concurrent.futures import ThreadPoolExecutor

EXITS = 50

# What is registered before passkey is imported runs after passkey's own end.
END_WITH_BINDS_PENDING = """
import atexit
atexit.register(lambda: print(passkey._native.drain(0)))
import asyncio, logging, os, sys, threading, passkey
logging.basicConfig(level="DEBUG", filename=os.devnull)
client = passkey.Client(**options)
loop = asyncio.new_event_loop()
def bind_in_thread(link, bind=client.bind_passkey):
    try: # a daemon thread that prints while the interpreter ends aborts it
        bind(link, on_progress=str)
    except (passkey.PasskeyError, RuntimeError):
        pass
for link in sys.argv[2:]:
    loop.create_task(client.bind_passkey_async(link, on_progress=str))
    threading.Thread(target=bind_in_thread, args=(link,), daemon=True).start()
loop.run_until_complete(asyncio.sleep(float(sys.argv[1])))
del client
"""


def end_with_binds_pending(python, link, number):
    """The delays differ so that some callbacks would meet the very end."""
    delays = number, 2 * number, 50, 15000
    process = python(
        END_WITH_BINDS_PENDING, str(number / 1000),
        *(link(f"slow-{delay}-invoke") for delay in delays))
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def test_the_interpreter_ends_only_when_no_bind_runs(python, link):
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(
            lambda number: end_with_binds_pending(python, link, number), range(EXITS)))

    assert [(code, output) for code, output, _ in ends] == [(0, "True\n")] * EXITS, ends
    assert not any("tok-" in errors for _, _, errors in ends)


def requests_of(cloud, url):
    """What the mock cloud was asked for this link."""
    job = re.search("credential-binding-jobs/([^:]*)", url).group(1)
    with urllib.request.urlopen(f"{cloud}/_log?job={job}") as answer:
        return json.load(answer)


def test_a_client_is_not_used_across_fork(python, link):
    process = python(
        "import os, sys, passkey\n"
        "client = passkey.Client(**options)\n"
        "client.bind_passkey(sys.argv[1])\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    try:\n"
        "        client.list_passkeys()\n"
        "    except RuntimeError:\n"
        "        passkey.Client(**options).bind_passkey(sys.argv[2])\n"
        "        sys.exit(7)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))", link(), link())
    output, errors = process.communicate(timeout=60)

    assert (output, process.returncode) == ("7\n", 0), errors


def test_what_is_under_way_in_the_parent_is_not_freed_in_the_child(python, link):
    """Threads that the child does not have may have held its locks."""
    process = python(
        "import gc, os, sys, passkey\n"
        "from passkey import _calls, _operations\n"
        "client = passkey.Client(**options)\n"
        "under_way = [_operations._start(client._native, _calls.bind(link))\n"
        "             for link in sys.argv[1:]]\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    owned = [native.thisown for native in [client._native, *under_way]]\n"
        "    del client, under_way\n"
        "    gc.collect()\n"
        "    os._exit(7 if not any(owned) else 1)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "for operation in under_way:\n"
        "    operation.wait(-1)\n"
        "print(len({operation.take_result().json() for operation in under_way}))",
        *(link("slow-300") for _ in range(4)))
    output, errors = process.communicate(timeout=60)

    assert (output, process.returncode) == ("7\n4\n", 0), errors


def test_a_child_does_not_wait_for_the_parent_s_bind(cloud, python, link):
    """Forked when the cloud has answered once, so that no thread is in OpenSSL."""
    url = link("slow-60000-info")
    process = python(
        "import os, sys, threading, passkey\n"
        "client = passkey.Client(**options)\n"
        "def bind():  # a daemon that prints while the interpreter ends would abort it\n"
        "    try:\n"
        "        client.bind_passkey(sys.argv[1])\n"
        "    except passkey.CanceledError:\n"
        "        pass\n"
        "threading.Thread(target=bind, daemon=True).start()\n"
        "sys.stdin.readline()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    sys.exit(7)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))", url, stdin=subprocess.PIPE)
    while not requests_of(cloud, url):
        assert process.poll() is None
    output, errors = process.communicate("fork\n", timeout=30)

    assert (output, process.returncode) == ("7\n", 0), errors
