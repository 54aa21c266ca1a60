# SPDX-License-Identifier: Apache-2.0
"""Lists in parts: page_size, page_token, skip; total_size, next_page_token."""
import base64
import hashlib
import re

import pytest
from cloud_api import Application, violations
from cloud_link import Link

KINDS = ["identities", "credential_binding_jobs", "credentials", "realms", "job_results",
         "applications", "authenticator_configs"]
LARGE = ["applications", "authenticator_configs"]  # of which 100 are told unless fewer are asked for


def make(cloud, path, body):
    answer = cloud.call("POST", path, body)
    assert answer.status == 200, answer
    return answer.json["id"]


def make_batch(cloud, identities):
    """The batch's path and the ids of its jobs."""
    path = cloud.realm_path + "/batch-credential-binding-jobs"
    id = make(cloud, path, {"batch_credential_binding_job": {
        "identity_ids": identities,
        "job_template": {"authenticator_config_id": cloud.authenticator_config_id}}})
    return f"{path}/{id}:listResults", [row["id"] for row in cloud.rows(
        "SELECT id FROM job WHERE batch_id = ? ORDER BY seq", id)]


@pytest.fixture(scope="module")
def lists(cloud):
    """25 of each kind: the path of each list and the ids in it, oldest first."""
    links = [Link(cloud) for _ in range(25)]
    identities = [link.identity_id for link in links]
    tenant = f"/v1/tenants/{cloud.tenant_id}"
    configs = cloud.realm_path + "/authenticator-configs"
    results, jobs = make_batch(cloud, identities)
    return {
        "identities": (cloud.realm_path + "/identities", [cloud.identity_id] + identities),
        "credential_binding_jobs": (cloud.path("-", "credential-binding-jobs"),
                                    [link.id for link in links] + jobs),
        "credentials": (cloud.path("-", "credentials"), [link.bind().json["id"] for link in links]),
        "job_results": (results, jobs),
        "realms": (tenant + "/realms", [cloud.realm_id] + [
            make(cloud, tenant + "/realms", {"realm": {"display_name": "x"}}) for _ in range(24)]),
        "applications": (cloud.realm_path + "/applications", [cloud.application_id] + [
            Application(cloud).id for _ in range(24)]),
        "authenticator_configs": (configs, [cloud.authenticator_config_id] + [
            make(cloud, configs, {"authenticator_config": {
                "display_name": "x", "config": {"type": "platform"}}}) for _ in range(24)]),
    }


def get(cloud, path, **query):
    text = "&".join(f"{name}={value}" for name, value in query.items())
    answer = cloud.call("GET", f"{path}?{text}")
    assert answer.status == 200, answer
    return answer.json


def ids_of(page, kind):
    return [each["id"] for each in page[kind]]


def walk(cloud, path, kind, **query):
    page = get(cloud, path, **query)
    found = ids_of(page, kind)
    while "next_page_token" in page:
        assert re.fullmatch("[A-Za-z0-9_-]+", page["next_page_token"])
        page = get(cloud, path, page_token=page["next_page_token"])
        found += ids_of(page, kind)
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 7, 20, 25, 26, 200, 500])
def test_every_page_size_tells_each_once(cloud, lists, kind, size):
    path, ids = lists[kind]
    page = get(cloud, path, page_size=size)
    assert page["total_size"] == len(ids) and len(page[kind]) == min(size, len(ids))
    assert list(page)[0] == kind
    assert walk(cloud, path, kind, page_size=size) == ids


@pytest.mark.parametrize("kind", KINDS)
def test_default_size(cloud, lists, kind):
    path, ids = lists[kind]
    for page in get(cloud, path), get(cloud, path, page_size=0), get(cloud, path, page_token=""):
        assert ids_of(page, kind) == (ids if kind in LARGE else ids[:20])
        assert ("next_page_token" in page) == (len(ids_of(page, kind)) < len(ids))


def test_at_most_100_or_200(cloud, lists):
    """More is taken as the most that there is, for who asks for 500 (official clients do)."""
    realm = make(cloud, f"/v1/tenants/{cloud.tenant_id}/realms", {"realm": {"display_name": "x"}})
    path = f"/v1/tenants/{cloud.tenant_id}/realms/{realm}"
    lists["realms"][1].append(realm)
    cloud.execute(
        "INSERT INTO identity (id, realm_id, display_name, status, username, traits, username_key,"
        " display_name_key, email_key, external_id, create_ms, update_ms)"
        " WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 201)"
        " SELECT 'many' || n, ?, 'x', 'active', 'many' || n, '{}', 'many' || n, 'x', '', '', 0, 0"
        " FROM up", realm)
    cloud.execute(
        "INSERT INTO authenticator_config (id, realm_id, display_name, config, create_ms, update_ms)"
        " WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 201)"
        " SELECT 'many' || n, ?, 'x', '{}', 0, 0 FROM up", realm)
    for list, kind, most in (("identities", "identities", 200),
                             ("authenticator-configs", "authenticator_configs", 100)):
        page = get(cloud, f"{path}/{list}", page_size=500)
        assert len(page[kind]) == most and page["total_size"] == 201
        assert walk(cloud, f"{path}/{list}", kind, page_size=500) == [f"many{n}" for n in range(1, 202)]


@pytest.mark.parametrize("kind", KINDS)
def test_skip_is_for_one_page(cloud, lists, kind):
    path, ids = lists[kind]
    page = get(cloud, path, page_size=3, skip=4)
    assert ids_of(page, kind) == ids[4:7] and page["total_size"] == len(ids)
    token = page["next_page_token"]
    assert ids_of(get(cloud, path, page_token=token), kind) == ids[7:10]
    assert ids_of(get(cloud, path, page_token=token, page_size=5), kind) == ids[7:12]
    assert ids_of(get(cloud, path, page_token=token, skip=2), kind) == ids[9:12]
    empty = get(cloud, path, skip=1000)
    assert empty[kind] == [] and empty["total_size"] == len(ids) and "next_page_token" not in empty


@pytest.mark.parametrize("name", ["page_size", "skip"])
@pytest.mark.parametrize("value", ["-1", "x", "", "1.5", "1e3", "99999999999999999999", "%00", "1;"])
def test_numbers(cloud, lists, name, value):
    answer = cloud.call("GET", f"{lists['identities'][0]}?{name}={value}")
    assert answer.status == 400
    assert answer.json["details"][0]["field_violations"][0]["field"] == name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("query, name", [
    ("page_size=1&page_size=1", "page_size"), ("skip=0&page_size=1&skip=2", "skip"),
    ("page_token=&page_token=", "page_token"), ("page%5fsize=1&page_size", "page_size")])
def test_a_parameter_that_is_there_twice(cloud, lists, kind, query, name):
    assert violations(cloud.call("GET", f"{lists[kind][0]}?{query}")) == {name: "given twice"}


def test_other_parameters_do_not_count(cloud, lists):
    """Nor do those whose name only begins so."""
    page = get(cloud, lists["identities"][0], **{"x=1&x": 2, "page_sizes": 1, "page_size": 2})
    assert len(page["identities"]) == 2


def test_a_filter_that_is_there_twice(cloud, lists):
    for kind in "identities", "credentials":
        answer = cloud.call("GET", f"{lists[kind][0]}?filter=id+eq+%22a%22&filter=id+eq+%22b%22")
        assert violations(answer) == {"filter": "given twice"}


def test_tokens_of_others_and_broken_ones(cloud, lists):
    token = {kind: get(cloud, lists[kind][0], page_size=1)["next_page_token"] for kind in KINDS}
    identity = lists["identities"][1][1]
    own = cloud.path(identity, "credential-binding-jobs")
    bad = [(lists["credentials"][0], token["identities"]), (own, token["credential_binding_jobs"]),
           (lists["applications"][0], token["authenticator_configs"]),
           (make_batch(cloud, [identity])[0], token["job_results"])]
    good = token["identities"]
    for text in ("x", good[:-1], good + "A", good[1:], good.swapcase(), "%00", "'--", "A" * 4000,
                 good.replace(good[20], "B" if good[20] != "B" else "C", 1)):
        bad.append((lists["identities"][0], text))
    for path, text in bad:
        answer = cloud.call("GET", f"{path}?page_token={text}")
        assert answer.status == 400, answer
        assert answer.json["details"] == [{"type": "FieldViolations", "field_violations": [
            {"field": "page_token", "description": "invalid page token"}]}]


def test_a_token_is_good_for_a_week(cloud, lists):
    """Its own time is in it, and a checksum: a token as of then is made here."""
    path, ids = lists["realms"]
    token = get(cloud, path, page_size=1)["next_page_token"]
    text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()[16:]
    head, after, size, made, filter = text.rsplit(" ", 4)
    for age_s, status in ((7 * 24 * 3600 - 60, 200), (7 * 24 * 3600 + 60, 400), (-3600, 400)):
        old = f"{head} {after} {size} {int(made) - age_s * 1000} {filter}"
        sealed = hashlib.sha256(old.encode()).hexdigest()[:16] + old
        sealed = base64.urlsafe_b64encode(sealed.encode()).decode().rstrip("=")
        assert cloud.call("GET", f"{path}?page_token={sealed}").status == status


@pytest.mark.parametrize("numbers", ["-1 5 {made}", "0 -1 {made}", "0 5 -1", "0 5 -9223372036854775808"])
def test_a_token_with_a_number_below_0_is_none(cloud, lists, numbers):
    """Anybody can make a token: its checksum has no key."""
    path, ids = lists["realms"]
    token = get(cloud, path, page_size=1)["next_page_token"]
    text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()[16:]
    head, after, size, made, filter = text.rsplit(" ", 4)
    forged = f"{head} {numbers.format(made=made)} {filter}"
    sealed = hashlib.sha256(forged.encode()).hexdigest()[:16] + forged
    sealed = base64.urlsafe_b64encode(sealed.encode()).decode().rstrip("=")
    assert cloud.call("GET", f"{path}?page_token={sealed}").status == 400


def test_what_is_deleted_meanwhile_is_left_out(cloud, lists):
    """The position is not counted from the start, so nothing else is missed."""
    path = f"/v1/tenants/{cloud.tenant_id}/realms"
    ids = lists["realms"][1]
    page = get(cloud, path, page_size=5)
    for id in ids[2], ids[7]:
        assert cloud.call("DELETE", f"{path}/{id}").status == 200
    rest = get(cloud, path, page_token=page["next_page_token"], page_size=200)
    assert ids_of(rest, "realms")[:len(ids) - 6] == [id for id in ids[5:] if id != ids[7]]
    del ids[7], ids[2]


def test_what_is_made_meanwhile_comes_at_the_end(cloud, lists):
    path, ids = lists["identities"]
    page = get(cloud, path, page_size=20)
    new = cloud.create_identity()["id"]
    rest = get(cloud, path, page_token=page["next_page_token"])
    assert ids_of(rest, "identities") == ids[20:] + [new]
    ids.append(new)
