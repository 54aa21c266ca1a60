# SPDX-License-Identifier: Apache-2.0
"""Several servers on one database, and a database that comes and goes."""
import contextlib
import json
import signal
import threading
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest
from cloud_link import Link
from postgres import PASSWORD
from softkey import SoftKey

from cloud import Cloud, database_of, http, run

UNAVAILABLE = {"code": "service_unavailable", "message": "the database does not answer now"}


@pytest.fixture
def nodes(tmp_path):
    """Two servers on one database."""
    with Cloud(data=tmp_path) as one, Cloud(data=tmp_path, api_token=one.api_token) as two:
        yield one, two
    one.assert_clean(), two.assert_clean()


def at_once(*calls):
    """Does all of it at the same moment, as far as a computer can: their results in order."""
    barrier = threading.Barrier(len(calls))

    def wait_and_call(call):
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(wait_and_call, calls))


def at(link, cloud):
    """The same link, used at another server."""
    other = Link.__new__(Link)
    other.__dict__ = {**link.__dict__, "cloud": cloud}
    return other


# ------------------------------------------------------------------ two servers

def test_servers_that_start_at_once_set_up_once(tmp_path):
    with contextlib.ExitStack() as stack:
        clouds = at_once(*[lambda: Cloud(data=tmp_path)] * 4)
        for cloud in clouds:
            stack.enter_context(cloud)
        assert len([cloud for cloud in clouds if cloud.ready["api_token"]]) == 1
        assert len({cloud.tenant_id for cloud in clouds}) == 1
        assert len(clouds[0].rows("SELECT id FROM tenant")) == 1


def test_what_one_server_stores_the_other_knows(nodes):
    one, two = nodes
    link = Link(one)
    assert at(link, two).get_info().status == 200
    credential = at(link, two).bind().json
    assert one.credentials(link.identity_id) == [credential]
    assert link.state == at(link, two).state == "COMPLETE"


def test_eight_clients_race_for_one_link(nodes):
    for _ in range(20):
        link = Link(nodes[0])
        answers = at_once(*[lambda n=n: at(link, nodes[n % 2]).bind(SoftKey()) for n in range(8)])
        won = [answer.json for answer in answers if answer.status == 200]
        assert sorted(answer.status for answer in answers) == [200] + [409] * 7
        assert nodes[0].credentials(link.identity_id) == won
        assert nodes[1].job(link.id)["credential_id"] == won[0]["id"]


def test_eight_times_the_same_bind_is_one(nodes):
    for _ in range(10):
        link, key = Link(nodes[0]), SoftKey()
        answers = at_once(*[lambda n=n: at(link, nodes[n % 2]).bind(key) for n in range(8)])
        assert {answer.status for answer in answers} == {200}
        assert [answer.json for answer in answers] == nodes[0].credentials(link.identity_id) * 8


def test_a_bind_and_a_revocation_race(nodes):
    outcomes = set()
    for _ in range(30):
        link = Link(nodes[0])
        bound, revoked = at_once(link.bind, at(link, nodes[1]).revoke)
        outcomes.add((bound.status, revoked.status, link.state, len(nodes[0].credentials(
            link.identity_id))))
    assert outcomes <= {(200, 409, "COMPLETE", 1), (410, 200, "REVOKED", 0)}


def test_eight_clients_race_for_one_username(nodes):
    for n in range(5):
        body = {"identity": {"display_name": "Same", "traits": {
            "type": "traits_v0", "username": f"same.{n}"}}}
        answers = at_once(*[lambda n=n: nodes[n % 2].call(
            "POST", nodes[0].realm_path + "/identities", body) for n in range(8)])
        assert sorted(answer.status for answer in answers) == [200] + [409] * 7


# ------------------------------------------------- a database that comes and goes

def until_answered(act):
    """As a client should: again after 503. The answer, and how many were 503."""
    for refused in range(100000):
        answer = act()
        if answer.status != 503:
            return answer, refused
        assert answer.json == UNAVAILABLE and answer.headers["Retry-After"] == "1"
    raise AssertionError("it never came back")


class Load:
    """Clients that make links and bind them, one after the other, until told to stop."""

    def __init__(self, nodes, num_clients):
        self._nodes, self._condition, self._done = nodes, threading.Condition(), False
        self.acknowledged, self.refused = [], 0
        self._threads = [threading.Thread(target=self._work, args=[n]) for n in range(num_clients)]
        for thread in self._threads:
            thread.start()

    def _work(self, n):
        cloud = self._nodes[n % len(self._nodes)]
        body = {"job": {"delivery_method": "RETURN",
                        "authenticator_config_id": cloud.authenticator_config_id}}
        while not self._done:
            created, refused = until_answered(lambda: cloud.call(
                "POST", cloud.path(None, "credential-binding-jobs"), body))
            link, key = Link.__new__(Link), SoftKey()
            link.cloud, link.identity_id = cloud, cloud.identity_id
            link.id = created.json["credential_binding_job"]["id"]
            link.token = created.json["credential_binding_link"].split("?token=")[1]
            link.path = cloud.path(None, "credential-binding-jobs", link.id)
            link.instruction = {"tenant_id": cloud.tenant_id, "realm_id": cloud.realm_id,
                                "identity_id": cloud.identity_id, "token": link.token}
            bound, again = until_answered(lambda: link.bind(key))
            assert bound.status == 200, bound
            with self._condition:
                self.acknowledged.append((link.id, bound.json["id"]))
                self.refused += refused + again
                self._condition.notify_all()

    def wait_for(self, more):
        with self._condition:
            wanted = len(self.acknowledged) + more
            assert self._condition.wait_for(lambda: len(self.acknowledged) >= wanted, 60)

    def stop(self):
        self._done = True
        for thread in self._threads:
            thread.join(60)


@pytest.mark.postgresql
def test_no_acknowledged_bind_is_lost_when_the_database_goes_down_under_load(nodes, postgres):
    load = Load(nodes, 6)
    try:
        for number in signal.SIGINT, signal.SIGQUIT, signal.SIGINT, signal.SIGQUIT:
            load.wait_for(20)
            postgres.restart(number)
        load.wait_for(20)
    finally:
        load.stop()
    stored = nodes[0].rows("SELECT job_id, id FROM credential")
    assert {(row["job_id"], row["id"]) for row in stored} >= set(load.acknowledged)
    assert len({row["job_id"] for row in stored}) == len(stored)
    complete = nodes[0].rows("SELECT id FROM job WHERE state = 'COMPLETE'")
    assert {row["id"] for row in complete} == {row["job_id"] for row in stored}


@pytest.mark.postgresql
def test_while_the_database_is_away_calls_are_answered_with_503(tmp_path, postgres):
    with Cloud(data=tmp_path) as cloud:
        link, healthz = Link(cloud), cloud.api_base_url + "/healthz"
        assert http("GET", healthz).json == {"status": "ok"}
        postgres.stop()
        try:
            for answer in cloud.call("GET", cloud.path()), link.bind(), link.get_info():
                assert (answer.status, answer.json) == (503, UNAVAILABLE)
                assert answer.headers["Retry-After"] == "1"
            assert http("GET", healthz).status == 503
        finally:
            postgres.start()
        assert http("GET", healthz).status == 200
        assert link.bind().status == 200
    cloud.assert_clean()
    reasons = {line["reason"] for line in map(json.loads, cloud.log.splitlines())
               if line["event"] == "failure"}
    assert reasons == {"PostgreSQL: the connection was lost",
                       "cannot connect to PostgreSQL: Connection refused"}


@pytest.mark.postgresql
def test_a_connection_that_was_cut_is_made_again_and_nobody_notices(tmp_path, postgres):
    with Cloud(data=tmp_path) as cloud:
        link = Link(cloud)
        for act in link.get_info, link.bind, lambda: Link(cloud).bind():
            postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                         " WHERE application_name = 'passkey-cloud'")
            assert act().status == 200
    cloud.assert_clean()


def fail_inserts(cloud, table, state, times):
    """From now on, so many rows are refused with this SQLSTATE."""
    cloud.execute(f"""
        CREATE SEQUENCE tries;
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'secret' USING ERRCODE = '{state}';
            END IF; RETURN NEW; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()""")


@pytest.mark.postgresql
@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_work_that_the_database_gave_up_is_done_again(tmp_path, state):
    with Cloud(data=tmp_path) as cloud:
        fail_inserts(cloud, "credential", state, 2)
        link = Link(cloud)
        assert link.bind().status == 200 and link.state == "COMPLETE"
        assert len(cloud.credentials(link.identity_id)) == 1
    assert cloud.rows("SELECT last_value FROM tries")[0]["last_value"] == 3


@pytest.mark.postgresql
@pytest.mark.parametrize("state, status", [("40001", 503), ("53100", 503), ("22012", 500)])
def test_work_that_cannot_be_done_changes_nothing(tmp_path, state, status):
    with Cloud(data=tmp_path) as cloud:
        fail_inserts(cloud, "credential", state, 5)
        link = Link(cloud)
        assert link.bind().status == status and link.state == "LINK_SENT"
        assert not cloud.credentials(link.identity_id)
    assert f"PostgreSQL: error {state}" in cloud.log and "secret" not in cloud.log


@pytest.mark.postgresql
def test_a_read_only_database_can_be_read(tmp_path, postgres):
    with Cloud(data=tmp_path) as cloud:
        name = database_of(tmp_path)[1].rsplit("/", 1)[1]
        postgres.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                     f" WHERE datname = '{name}'")
        assert cloud.call("GET", cloud.path()).status == 200
        body = {"identity": {"display_name": "X", "traits": {"type": "traits_v0", "username": "x"}}}
        answer = cloud.call("POST", cloud.realm_path + "/identities", body)
        assert (answer.status, answer.json) == (503, UNAVAILABLE)


# -------------------------------------------------------------------- passwords

@pytest.mark.postgresql
def test_a_password_in_the_url_is_not_to_be_seen(tmp_path):
    url = database_of(tmp_path)[1].replace("@", ":" + urllib.parse.quote(PASSWORD, safe="") + "@")
    for arguments in ["--database", url], ["--database=" + url]:
        with Cloud(*arguments, data=tmp_path) as cloud:
            with open(f"/proc/{cloud.process.pid}/cmdline", "rb") as file:
                shown = file.read()
            assert b"postgresql://xxxx" in shown
            assert b"pass" not in shown.split(b"postgresql://")[1].split(b"\0")[0]
            assert cloud.call("GET", "/healthz").status == 200
        assert "%40" not in cloud.log and "pass word" not in cloud.log


@pytest.mark.postgresql
@pytest.mark.parametrize("change, text", [
    (lambda url: url.replace("@", ":se%20cret@"), "password authentication failed"),
    (lambda url: url.replace("@", ":se@cret@"), "check its host name"),
    (lambda url: url.replace("@", ":se/cret@"), "check its host name"),
    (lambda url: url.replace("@", ":secret%@"), "not a PostgreSQL URL"),
    (lambda url: url + "?cret=1", "not a PostgreSQL URL"),
    (lambda url: url + "?port=1", "Connection refused"),
    (lambda url: url + "x", "does not exist")])
def test_urls_that_do_not_work(tmp_path, change, text):
    url = change(database_of(tmp_path)[1])
    done = run("init", "--data", tmp_path, "--database", url)
    assert done.returncode == 1 and done.stdout == "" and text in done.stderr, done
    assert "cret" not in done.stderr and "hint: Check --database" in done.stderr
