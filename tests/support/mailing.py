# SPDX-License-Identifier: Apache-2.0
"""A cloud that sends mail, and what tests ask of it."""
import contextlib
import email
import email.policy
import json
import re
import time

from cloud_link import Link

from cloud import Cloud

SENDER = "no-reply@mail.example"
SECONDS = 60


def options(server, *more, pace=100):
    return ["--smtp", server if isinstance(server, str) else server.url, "--mail-from", SENDER,
            "--mail-pace", str(pace), *more]


@contextlib.contextmanager
def serving(*args, **more):
    with Cloud(*args, **more) as cloud:
        yield cloud
    cloud.assert_clean()


def until(condition, what="it"):
    deadline = time.monotonic() + SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.02)
    return value


def create(cloud, **identity):
    """An EMAIL job for a new identity: (job, identity)."""
    identity = cloud.create_identity(**identity)
    job, link = cloud.create_job(identity["id"], delivery_method="EMAIL")
    assert link is None and job["delivery_method"] == "EMAIL" and job["state"] == "LINK_SENT"
    return job, identity


def refuse(cloud, identity_id):
    return cloud.call("POST", cloud.path(identity_id, "credential-binding-jobs"), {
        "job": {"delivery_method": "EMAIL",
                "authenticator_config_id": cloud.authenticator_config_id}})


def state(cloud, job):
    return cloud.job(job["id"])["state"]


def part(message, subtype):
    return message.get_body((subtype,)).get_content().replace("\r\n", "\n")


def link_of(message):
    return re.search(r"^http\S+:invokeAuthenticator\?token=\S+$", part(message, "plain"), re.M)[0]


def link_of_text(raw):
    return link_of(email.message_from_bytes(raw, policy=email.policy.default))


def as_link(cloud, job, url):
    """The same as a client's Link."""
    link = Link.__new__(Link)
    link.cloud, link.identity_id, link.job, link.url, link.id = (
        cloud, job["identity_id"], job, url, job["id"])
    link.token = url.split("?token=")[1]
    link.path = cloud.path(job["identity_id"], "credential-binding-jobs", job["id"])
    link.instruction = link.invoke().json
    return link


def outbox(cloud):
    return cloud.rows("SELECT * FROM outbox ORDER BY job_id")


def events(cloud, name):
    lines = [json.loads(line) for line in cloud.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == name]


def stored(cloud):
    """All that is in the database and beside it."""
    return cloud.dump().encode() + b"".join(file.read_bytes() for file in cloud.data.rglob("*")
                    if file.is_file() and file.suffix != ".eml")
