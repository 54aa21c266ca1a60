#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the Python binding costs, beside C in the same run, and whether it stays flat.

    build/venv/bin/python bench/bindings/bench.py [PART...] [BINDS]

The parts: load, overhead, concurrent, interrupts, memory; all without one. BINDS
(default 300) is how many binds the memory is watched over. Programs and the
package are those of $PASSKEY_BUILD, or of build/; swtpm is the TPM."""
import asyncio
import gc
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PASSKEY_BUILD") or ROOT / "build").resolve()
sys.path[:0] = [str(BUILD / "python"), str(ROOT / "tests" / "support")]

import passkey  # noqa: E402
from cloud import Cloud  # noqa: E402

TRIVIAL_CALLS = 1_000_000
CLIENTS = 100_000
LISTS = 2000
BINDS_TIMED = 20
ROUNDS = 3
CONCURRENT = 50
INTERRUPTS = 20
DELAY_MS = 500
TICK_MS = 10
URL = "https://example.com/bi-authenticate?request=x"


def environment(home):
    return {"PASSKEY_HOME": str(home), "PASSKEY_TPM": "swtpm", "PASSKEY_ALLOWED_DOMAINS": "localhost",
            "PASSKEY_ALLOW_LOOPBACK_HTTP": "1", "PASSKEY_TIMEOUT_MS": "60000"}


def say(*words):
    print(*words, flush=True)


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def rss_kib():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[1])


def links(cloud, count, identity=None):
    identity = identity or cloud.create_identity()["id"]
    return [cloud.create_job(identity)[1] for _ in range(count)]


# ------------------------------------------------------------------- loading


def load_times():
    def start_ms(code):
        env = {**os.environ, "PYTHONPATH": str(BUILD / "python")}
        return 1000 * statistics.median(
            seconds(lambda: subprocess.run([sys.executable, "-c", code], env=env, check=True))
            for _ in range(15))

    nothing, imports = start_ms("pass"), start_ms("import passkey")
    modules = start_ms("import dataclasses, json, logging, queue, weakref, contextlib, threading")
    say(f"load: import passkey {imports - nothing:.1f} ms, of which modules of the standard"
        f" library {modules - nothing:.1f} ms")


# ------------------------------------------------------------------ overhead


def c_figures(home, urls):
    answer = subprocess.run(
        [BUILD / "bench" / "bin" / "bench_bindings"], input="\n".join(urls) + "\n", text=True,
        env={**os.environ, **environment(home)}, stdout=subprocess.PIPE, check=True)
    return json.loads(answer.stdout)


def python_figures(home, urls):
    os.environ.update(environment(home))
    asks = passkey.is_authenticate_url

    def trivial():
        for _ in range(TRIVIAL_CALLS):
            asks(URL)

    def open_close():
        for _ in range(10_000):
            passkey.Client().close()

    with passkey.Client() as client:
        def lists():
            for _ in range(LISTS):
                client.list_passkeys()

        async def lists_async():
            for _ in range(LISTS):
                await client.list_passkeys_async()

        return {
            "trivial_ns": seconds(trivial) / TRIVIAL_CALLS * 1e9,
            "open_close_ns": seconds(open_close) / 10_000 * 1e9,
            "list_ns": seconds(lists) / LISTS * 1e9,
            "list_async_ns": seconds(lambda: asyncio.run(lists_async())) / LISTS * 1e9,
            "bind_ms": statistics.fmean(
                seconds(lambda: client.bind_passkey(url)) for url in urls) * 1e3,
        }


def overhead(work):
    """Turn by turn, so that what the machine does meanwhile hits both."""
    of_c, of_python = [], []
    with Cloud() as cloud:
        for number in range(ROUNDS):
            of_c.append(c_figures(work / f"c{number}", links(cloud, BINDS_TIMED)))
            of_python.append(python_figures(work / f"python{number}", links(cloud, BINDS_TIMED)))
    for name in of_python[0]:
        ours = statistics.median(figures[name] for figures in of_python)
        its = statistics.median(figures[name.replace("_async", "")] for figures in of_c)
        say(f"overhead: {name:14} C {its:10.1f}   Python {ours:10.1f}   difference {ours - its:9.1f}")


# -------------------------------------------------------- many binds at once


async def bind_many(client, urls):
    """(s for all, ticks of a 10 ms timer, the longest time between two in ms)"""
    ticks = []

    async def tick():
        while True:
            ticks.append(time.perf_counter())
            await asyncio.sleep(TICK_MS / 1000)

    ticker = asyncio.ensure_future(tick())
    start = time.perf_counter()
    await asyncio.gather(*(client.bind_passkey_async(url) for url in urls))
    passed = time.perf_counter() - start
    ticker.cancel()
    return passed, len(ticks), 1000 * max(b - a for a, b in zip(ticks, ticks[1:]))


def tpm_seconds(client, url):
    """From the beginning of the step key to that of register."""
    at = {}
    client.bind_passkey(url, on_progress=lambda step: at.setdefault(step, time.perf_counter()))
    return at["register"] - at["key"]


def concurrent(work):
    os.environ.update(environment(work / "concurrent"))
    fault = f"route=:getInfo,do=delay:{DELAY_MS}"
    with Cloud("--fault", fault) as cloud, passkey.Client() as client:
        one = statistics.median(seconds(lambda: client.bind_passkey(url)) for url in links(cloud, 5))
        tpm = statistics.median(tpm_seconds(client, url) for url in links(cloud, 10))
        identities = [cloud.create_identity()["id"] for _ in range(CONCURRENT)]
        urls = [links(cloud, 1, identity)[0] for identity in identities]
        passed, num_ticks, longest = asyncio.run(bind_many(client, urls))
    allowed = 1.2 * (one + (CONCURRENT - 1) * tpm)
    say(f"concurrent: one bind {1e3 * one:.0f} ms, its TPM time {1e3 * tpm:.1f} ms;"
        f" {CONCURRENT} at once {1e3 * passed:.0f} ms, allowed {1e3 * allowed:.0f} ms:"
        f" {'kept' if passed <= allowed else 'MISSED'}")
    say(f"concurrent: {num_ticks} ticks of {TICK_MS} ms meanwhile, the longest gap {longest:.1f} ms")


# -------------------------------------------------------------------- Ctrl-C


def interrupts(work):
    """From the signal to the KeyboardInterrupt, during a request that hangs."""
    os.environ.update(environment(work / "interrupts"))
    times = []
    with Cloud("--fault", "route=:getInfo,do=delay:60000") as cloud, passkey.Client() as client:
        for number, url in enumerate(links(cloud, INTERRUPTS)):
            sent = []

            def send():
                sent.append(time.perf_counter())
                signal.raise_signal(signal.SIGINT) if number % 2 else os.kill(os.getpid(), signal.SIGINT)

            timer = threading.Timer(0.2 + number * 0.007, send)
            timer.start()
            try:
                client.bind_passkey(url)
            except KeyboardInterrupt:
                times.append(time.perf_counter() - sent[0])
            timer.join()
        passkey._native.drain(-1)
    say(f"Ctrl-C: {len(times)} of {INTERRUPTS} binds ended, median {1e3 * statistics.median(times):.1f}"
        f" ms, at most {1e3 * max(times):.1f} ms")


# -------------------------------------------------------------------- memory


def watch(what, count, work):
    """The memory after each fifth."""
    told = []
    for part in range(5):
        for number in range(count // 5):
            work(part * (count // 5) + number)
        gc.collect()
        told.append(rss_kib())
    say(f"memory: {count} {what}: {' '.join(map(str, told))} KiB")


def memory(work, num_binds):
    def open_close(_):
        with passkey.Client(tpm="swtpm", allowed_domains=["localhost"]):
            pass

    os.environ.update(environment(work / "memory"))
    watch("clients", CLIENTS, open_close)
    with Cloud() as cloud, passkey.Client() as client:
        identity = cloud.create_identity()["id"]

        def bind(_):
            client.bind_passkey(links(cloud, 1, identity)[0])
            cloud._log.clear()  # what the cloud has written is kept in this process

        watch("binds", num_binds, bind)


def main():
    wanted = [word for word in sys.argv[1:] if not word.isdigit()]
    num_binds = int(next((word for word in sys.argv[1:] if word.isdigit()), 300))
    parts = {
        "load": lambda work: load_times(), "overhead": overhead, "concurrent": concurrent,
        "interrupts": interrupts, "memory": lambda work: memory(work, num_binds)}
    if unknown := set(wanted) - parts.keys():
        sys.exit(f"bench.py: no part {', '.join(sorted(unknown))}")
    say(f"CPython {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    with tempfile.TemporaryDirectory(prefix="passkey-bench-") as folder:
        for name in wanted or parts:
            parts[name](pathlib.Path(folder))


if __name__ == "__main__":
    main()
