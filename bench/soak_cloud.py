# SPDX-License-Identifier: Apache-2.0
"""Many binds: does passkey-cloud stay as small as it was? Then kill -9 during
load: is every credential that was acknowledged still there?"""
import argparse
import os
import sys
import time

import servers

PARTS = 20
WARM_UP_PARTS = 4      # caches fill; from then on memory has no reason to grow
REST_SECONDS = 10
CONNECTIONS = 16
KILL_AFTER = [300, 700, 1100]  # acknowledged binds


class Failed(Exception):
    """The text says which promise was broken."""


def require(truth, promise):
    if not truth:
        raise Failed(promise)


def descriptors_at_rest(server, wanted=None):
    """When the connections of a load have ended; the server closes them in its own time."""
    deadline = time.monotonic() + REST_SECONDS
    found = server.num_descriptors()
    while found != wanted and time.monotonic() < deadline:
        time.sleep(0.01)
        found = server.num_descriptors()
    return found


def run_part(server, count, acknowledged):
    report = server.load("binds", CONNECTIONS, count, acknowledged)
    require(report["done"] == count and not report["broken"],
            f"all {count} binds succeed: {report}")
    return report


def soak(server, binds, bound_kib, acknowledged):
    """Samples of memory and descriptors, one after each part, at rest."""
    at_start = server.num_descriptors()
    samples = []
    print(f"{'binds':>8} {'RSS KiB':>9} {'descriptors':>12} {'binds/s':>9}")
    for part in range(1, PARTS + 1):
        report = run_part(server, binds // PARTS, acknowledged)
        samples.append({"binds": part * (binds // PARTS), "rss_kib": server.memory_kib(),
                        "descriptors": descriptors_at_rest(server, at_start),
                        "binds_per_second": round(report["done"] * 1e6 / report["took_us"], 1)})
        print("{binds:8} {rss_kib:9} {descriptors:12} {binds_per_second:9}".format(**samples[-1]),
              flush=True)
    require(all(sample["descriptors"] == at_start for sample in samples),
            f"at rest as many descriptors are open as at the start, {at_start}")
    settled = [sample["rss_kib"] for sample in samples[WARM_UP_PARTS - 1:]]
    grown = max(settled) - settled[0]
    print(f"memory: {grown} KiB more at most than after {samples[WARM_UP_PARTS - 1]['binds']} binds"
          f" (allowed: {bound_kib}); at its peak {server.memory_kib('VmHWM')} KiB")
    require(grown <= bound_kib, f"memory grows by at most {bound_kib} KiB after the warm-up")
    return {"samples": samples, "grown_kib": grown, "bound_kib": bound_kib,
            "peak_kib": server.memory_kib("VmHWM"), "descriptors_at_start": at_start}


# ---------------------------------------------------------------------- kill -9

def lines_of(path):
    return path.read_text().split()


def kill_during_load(server, acknowledged, wanted):
    """Ends the server while 16 binds are under way, once so many more were acknowledged."""
    with open(acknowledged) as news:
        news.seek(0, os.SEEK_END)
        load = server.start_load("binds", CONNECTIONS, 1_000_000, acknowledged)
        while wanted > 0:
            require(load.poll() is None, "the load goes on until the server is killed")
            wanted -= news.read().count("\n")
            time.sleep(0.01)
    server.kill()
    report = servers.finish(load)
    require(report["broken"], "the load noticed that the server was killed")


def compare(server, acknowledged, num_kills):
    """What the cloud holds and what it said that it holds, by id."""
    stored, promised = server.credential_ids(), lines_of(acknowledged)
    missing = set(promised) - set(stored)
    require(not missing,
            f"no acknowledged credential is lost: {len(missing)} of {len(promised)} are")
    require(len(set(stored)) == len(stored), "no credential is listed twice")
    unheard = len(stored) - len(set(promised))
    require(unheard <= num_kills * CONNECTIONS, f"none was made that nobody asked for: {unheard}")
    return {"acknowledged": len(promised), "stored": len(stored), "answer_lost": unheard}


def survive(server, path, where, acknowledged):
    rounds = []
    for number, wanted in enumerate(KILL_AFTER, 1):
        kill_during_load(server, acknowledged, wanted)
        server = servers.Server(path, where, server.api_token)
        try:
            rounds.append(compare(server, acknowledged, number))
        except BaseException:
            server.kill()
            raise
        print("kill -9, restart: {acknowledged} acknowledged, all there; {stored} stored, "
              "{answer_lost} of them with an answer that was lost".format(**rounds[-1]), flush=True)
    require(server.stop() == 0, "the server ends in an orderly way after all that")
    return rounds


def run(kind, binds, bound_kib):
    with servers.folder() as path, servers.database(kind, path) as where:
        acknowledged = path / "acknowledged"
        server = servers.Server(path, where)
        try:
            result = soak(server, binds, bound_kib, acknowledged)
            result["kills"] = survive(server, path, where, acknowledged)
        finally:
            if server.process.poll() is None:
                server.kill()
    return result


def main():
    parser = argparse.ArgumentParser(prog="scripts/soak-cloud", description=__doc__)
    parser.add_argument("--binds", type=int, default=100_000, help="how many (100000)")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--bound-kib", type=int, default=2048,
                        help="memory that may be gained after a fifth of the binds (2048)")
    arguments = parser.parse_args()
    if arguments.binds < PARTS:
        parser.error(f"--binds: at least {PARTS}")
    result = {"machine": servers.machine(), "binds": arguments.binds,
              "database": arguments.database}
    try:
        result.update(run(arguments.database, arguments.binds, arguments.bound_kib))
    except KeyboardInterrupt:
        sys.exit("soak-cloud: interrupted")
    except Failed as broken:
        sys.exit(f"soak-cloud: FAILED: {broken}")
    servers.save(f"soak-{arguments.database}.json", result)
    print(f"soak-cloud: passed ({arguments.database})")


if __name__ == "__main__":
    main()
