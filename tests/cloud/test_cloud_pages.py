# SPDX-License-Identifier: Apache-2.0
"""Lists in parts: page_size, page_token, skip; total_size, next_page_token."""
import re

import pytest
from cloud_link import Link

KINDS = ["identities", "credential_binding_jobs", "credentials"]


@pytest.fixture(scope="module")
def lists(cloud):
    """25 of each kind: the path of each list and the ids in it, oldest first."""
    links = [Link(cloud) for _ in range(25)]
    credentials = [link.bind().json["id"] for link in links]
    paths = [cloud.realm_path + "/identities", cloud.path("-", "credential-binding-jobs"),
             cloud.path("-", "credentials")]
    ids = [[cloud.identity_id] + [link.identity_id for link in links], [link.id for link in links],
           credentials]
    return dict(zip(KINDS, zip(paths, ids)))


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
def test_default_size_is_20(cloud, lists, kind):
    path, ids = lists[kind]
    for page in get(cloud, path), get(cloud, path, page_size=0), get(cloud, path, page_token=""):
        assert ids_of(page, kind) == ids[:20] and "next_page_token" in page


@pytest.mark.parametrize("kind", KINDS)
def test_skip_is_for_one_page(cloud, lists, kind):
    path, ids = lists[kind]
    page = get(cloud, path, page_size=3, skip=4)
    assert ids_of(page, kind) == ids[4:7] and page["total_size"] == len(ids)
    token = page["next_page_token"]
    assert ids_of(get(cloud, path, page_token=token), kind) == ids[7:10]
    assert ids_of(get(cloud, path, page_token=token, page_size=5), kind) == ids[7:12]
    assert ids_of(get(cloud, path, page_token=token, skip=2), kind) == ids[9:12]
    assert get(cloud, path, skip=1000) == {kind: [], "total_size": len(ids)}


@pytest.mark.parametrize("name", ["page_size", "skip"])
@pytest.mark.parametrize("value", ["-1", "x", "", "1.5", "1e3", "99999999999999999999", "%00", "1;"])
def test_numbers(cloud, lists, name, value):
    answer = cloud.call("GET", f"{lists['identities'][0]}?{name}={value}")
    assert answer.status == 400
    assert answer.json["details"][0]["field_violations"][0]["field"] == name


def test_tokens_of_others_and_broken_ones(cloud, lists):
    token = {kind: get(cloud, lists[kind][0], page_size=1)["next_page_token"] for kind in KINDS}
    identity = lists["identities"][1][1]
    own = cloud.path(identity, "credential-binding-jobs")
    bad = [(lists["credentials"][0], token["identities"]), (own, token["credential_binding_jobs"])]
    good = token["identities"]
    for text in ("x", good[:-1], good + "A", good[1:], good.swapcase(), "%00", "'--", "A" * 4000,
                 good.replace(good[20], "B" if good[20] != "B" else "C", 1)):
        bad.append((lists["identities"][0], text))
    for path, text in bad:
        answer = cloud.call("GET", f"{path}?page_token={text}")
        assert answer.status == 400, answer
        assert answer.json["details"] == [{"type": "FieldViolations", "field_violations": [
            {"field": "page_token", "description": "invalid page token"}]}]


def test_what_is_made_meanwhile_comes_at_the_end(cloud, lists):
    path, ids = lists["identities"]
    page = get(cloud, path, page_size=20)
    new = cloud.create_identity()["id"]
    rest = get(cloud, path, page_token=page["next_page_token"])
    assert ids_of(rest, "identities") == ids[20:] + [new]
    ids.append(new)
