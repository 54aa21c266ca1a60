# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server of our own, for tests: Debian's programs, a cluster in a
temporary folder, nothing written through to the disk unless it is to be durable.

    with Postgres() as server:
        url = server.create_database()
"""
import glob
import itertools
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PASSWORD = "pass word/@:?&%"  # all that a URL must escape
START_SECONDS = 60


def programs():
    """The folder of the newest version's initdb, postgres and psql; None when there is none."""
    found = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    if found:
        return pathlib.Path(max(found, key=lambda path: int(path.split("/")[4]))).parent
    other = shutil.which("postgres")
    return pathlib.Path(other).parent if other else None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Postgres:
    """Listens on a free port of 127.0.0.1; its user is tester, with a password."""

    def __init__(self, durable=False):
        self.durable = durable
        self.bin = programs()
        assert self.bin, ("PostgreSQL's server is not installed: see scripts/setup, or leave it out "
                          "with PASSKEY_TEST_DATABASES=sqlite")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="passkey-postgres-"))
        # PostgreSQL does not run as root.
        self._user = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid,
                      "extra_groups": []} if os.getuid() == 0 else {}
        self.port = free_port()
        self.process = None
        self._numbers = itertools.count(1)
        password = self.folder / "password"
        password.write_text(PASSWORD)
        for path in self.folder, password:
            if self._user:
                shutil.chown(path, "nobody", self._user["group"])
        self._run("initdb", "--pgdata", self.folder / "data", "--username", "tester", "--pwfile",
                  password, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8",
                  "--no-sync", "--no-instructions")
        self.start()

    def _run(self, program, *arguments):
        done = subprocess.run([self.bin / program, *map(str, arguments)], cwd=self.folder,
                              capture_output=True, text=True, **self._user)
        assert done.returncode == 0, done
        return done.stdout

    # ------------------------------------------------------------ start and end

    def start(self):
        """Starts it (again) and waits until it takes connections."""
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.folder / "data", "-p", str(self.port),
                 "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                 "-c", f"fsync={'on' if self.durable else 'off'}",
                 "-c", "max_connections=50", "-c", "shared_buffers=32MB"],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._user)
        deadline = time.monotonic() + START_SECONDS
        while self.sql("SELECT 1", check=False).returncode != 0:
            assert self.process.poll() is None and time.monotonic() < deadline, self.log

    def stop(self, number=signal.SIGINT):
        """SIGINT ends sessions in an orderly way, SIGQUIT as a crash does."""
        self.process.send_signal(number)
        self.process.wait(START_SECONDS)

    def restart(self, number=signal.SIGINT):
        self.stop(number)
        self.start()

    @property
    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -------------------------------------------------------------------- usage

    @property
    def environment(self):
        """For libpq: the password, which is not in the URL."""
        return {**os.environ, "PGPASSWORD": PASSWORD}

    def sql(self, text, database="postgres", check=True):
        """Runs SQL and answers how psql ended; its stdout has the rows only."""
        done = subprocess.run(
            [self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d",
             self.url(database), "-c", text], env=self.environment, capture_output=True, text=True)
        assert not check or done.returncode == 0, done
        return done

    def dump(self, database):
        """All rows as SQL: the same text for the same rows. Left out are sequences,
        which count refused rows too, and a mark that pg_dump makes up each time."""
        lines = subprocess.run([self.bin / "pg_dump", "--data-only", "-d", self.url(database)],
                               env=self.environment, capture_output=True, text=True,
                               check=True).stdout.split("\n")
        return "\n".join(line for line in lines
                         if not line.startswith(("\\restrict", "\\unrestrict", "SELECT ")))

    def url(self, database, user="tester"):
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def create_database(self):
        """A new empty database's URL, without password."""
        name = f"cloud_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url(name)
