# SPDX-License-Identifier: Apache-2.0
"""How fast passkey-cloud is on loopback, beside what this machine could do at best.
The server answers on one thread, and the load takes its share of the same cores."""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import servers

BIND_CONNECTIONS = [1, 16]
JOB_CONNECTIONS = 16
WRK_SECONDS = 5
FLOOR_COUNT = 1000
COMMITS_PER_BIND = 2  # that wait for the disk: the job, the credential

# The token comes from the environment, not from the command line.
WRK_JOB = """
wrk.method = "POST"
wrk.path = os.getenv("BENCH_JOBS")
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
wrk.body = '{"job":{"delivery_method":"RETURN","authenticator_config_id":"'
  .. os.getenv("BENCH_CONFIG") .. '"}}'
"""


def floor(where):
    done = subprocess.run([servers.FLOOR, where.kind, where.floor, str(FLOOR_COUNT)],
                          env=where.environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    told = json.loads(done.stdout)
    verify, commit = told["verify_us"] / told["count"], told["commit_us"] / told["count"]
    return {"verify_us": round(verify, 1), "commit_us": round(commit, 1),
            "binds_per_second": round(1e6 / (verify + commit), 1),
            "binds_per_second_with_all_commits":
                round(1e6 / (verify + COMMITS_PER_BIND * commit), 1)}


# ------------------------------------------------------------------------ the load

def spent_seconds(server):
    """The processor time that the server has used so far."""
    fields = (pathlib.Path(f"/proc/{server.process.pid}/stat").read_text()
              .rpartition(")")[2].split())
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(server, what, connections, count):
    spent = spent_seconds(server)
    report = server.load(what, connections, count)
    if report["done"] != count:
        sys.exit(f"bench-cloud: not every request was answered with 200: {report}")
    return {"what": what, "connections": connections, "count": count,
            "per_second": round(count * 1e6 / report["took_us"], 1),
            "server_cpu_us_each": round((spent_seconds(server) - spent) * 1e6 / count),
            **{name: report["whole"][name] for name in ("p50_us", "p99_us")},
            "steps": report["steps"]}


def wrk(server, name, script=None):
    """The same calls by a program that is not ours; None when it is not installed."""
    if not shutil.which("wrk"):
        return None
    environment = {**os.environ, "BENCH_TOKEN": server.api_token,
                   "BENCH_CONFIG": server.ready["authenticator_config_id"],
                   "BENCH_JOBS": f"{server.realm_path}/identities/{server.ready['identity_id']}"
                                 "/credential-binding-jobs"}
    text = subprocess.run(
        ["wrk", "--threads", "1", "--connections", str(JOB_CONNECTIONS), "--latency",
         "--duration", f"{WRK_SECONDS}s", *(["--script", script] if script else []),
         f"http://127.0.0.1:{server.port}/healthz"],
        env=environment, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        sys.exit("bench-cloud: wrk was refused:\n" + text)
    return {"what": name, "connections": JOB_CONNECTIONS,
            "per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
            "p50_us": microseconds(text, "50"), "p99_us": microseconds(text, "99")}


def microseconds(text, percent):
    number, unit = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)$", text, re.MULTILINE).groups()
    return round(float(number) * {"us": 1, "ms": 1e3, "s": 1e6}[unit])


def measure(server, path, binds, jobs):
    script = path / "job.lua"
    script.write_text(WRK_JOB)
    load(server, "binds", JOB_CONNECTIONS, 200)  # warm
    rows = [wrk(server, "wrk: GET /healthz"), wrk(server, "wrk: jobs", script),
            load(server, "jobs", JOB_CONNECTIONS, jobs)]
    rows += [load(server, "binds", connections, binds) for connections in BIND_CONNECTIONS]
    return [row for row in rows if row]


def measure_server(server, path, where, binds, jobs):
    """The floor is measured before and after, since other work on the machine moves it."""
    before = floor(where)
    rows = measure(server, path, binds, jobs)
    result = {"database": where.kind, "floor": [before, floor(where)], "rows": rows}
    if server.stop() != 0:
        sys.exit(f"bench-cloud: the server ended with {server.process.returncode}")
    return result


def run(kind, binds, jobs):
    with servers.folder() as path, servers.database(kind, path) as where:
        server = servers.Server(path, where)
        try:
            return measure_server(server, path, where, binds, jobs)
        finally:
            if server.process.poll() is None:
                server.kill()


# ----------------------------------------------------------------------- the table

def show(result):
    print(f"\n{result['database']}")
    for when, told in zip(("before", "after"), result["floor"], strict=True):
        print(f"  floor {when}: verify {told['verify_us']} us,"
              f" durable commit {told['commit_us']} us:"
              f" {told['binds_per_second']} binds/s with one commit,"
              f" {told['binds_per_second_with_all_commits']} with {COMMITS_PER_BIND}")
    print(f"  {'':18} {'connections':>11} {'per second':>10} {'p50 ms':>8} {'p99 ms':>8}"
          f" {'server CPU us':>14}")
    for row in result["rows"]:
        print(f"  {row['what']:18} {row['connections']:11} {row['per_second']:10.1f}"
              f" {row['p50_us'] / 1000:8.2f} {row['p99_us'] / 1000:8.2f}"
              f" {row.get('server_cpu_us_each', ''):>14}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-cloud", description=__doc__)
    parser.add_argument("--binds", type=int, default=5000, help="how many of each (5000)")
    parser.add_argument("--jobs", type=int, default=10_000, help="how many (10000)")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="only this one")
    arguments = parser.parse_args()
    kinds = [arguments.database] if arguments.database else ["sqlite", "postgresql"]
    machine = servers.machine()
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    for kind in kinds:
        result = run(kind, arguments.binds, arguments.jobs)
        show(result)
        servers.save(f"cloud-{kind}.json", {"machine": machine, **result})


if __name__ == "__main__":
    main()
