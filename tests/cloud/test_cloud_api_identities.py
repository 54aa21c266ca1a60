# SPDX-License-Identifier: Apache-2.0
"""Identities: changing, deleting, finding them; traits."""
import urllib.parse
import uuid

import pytest
from cloud_api import about, stored, violations
from cloud_link import Link

TRAITS = ["external_id", "family_name", "given_name", "formatted_name", "middle_name",
          "honorific_prefix", "honorific_suffix", "nick_name", "title", "primary_phone",
          "secondary_phone", "profile_url", "photo", "preferred_language", "locale", "timezone",
          "formatted_address", "street_address", "locality", "region", "postal_code", "country",
          "user_type", "employee_number", "cost_center", "organization", "division", "department",
          "manager_id", "manager_name"]
ADDRESSES = ["primary_email_address", "secondary_email_address"]


def create(cloud, display_name="A Name", **traits):
    return cloud.call("POST", cloud.realm_path + "/identities", {"identity": {
        "display_name": display_name,
        "traits": {"type": "traits_v0", "username": uuid.uuid4().hex, **traits}}})


def update(cloud, identity_id, **changes):
    return cloud.call("PATCH", cloud.path(identity_id), {"identity": changes})


def gone(id):
    return about("not_found", "Identity", id, "identity not found")


# ---------------------------------------------------------------------- traits

def test_every_trait(cloud):
    traits = {name: f"{name} \u00fc" for name in TRAITS} | {
        name: f"{name}@example.com" for name in ADDRESSES}
    identity = create(cloud, **traits).json
    kept = {name: identity["traits"][name] for name in identity["traits"]}
    assert kept.pop("type") == "traits_v0" and kept.pop("username") and kept == traits
    assert cloud.call("GET", cloud.path(identity["id"])).json == identity


def test_every_trait_may_be_null(cloud):
    answer = create(cloud, **dict.fromkeys(TRAITS + ADDRESSES))
    assert answer.status == 200 and set(answer.json["traits"]) == {"type", "username"}


@pytest.mark.parametrize("name", TRAITS)
def test_wrong_traits(cloud, name):
    field = f"identity.traits.{name}"
    for value, description in ((1, "not a string"), ("x" * 1025, "too long"),
                               ("a\nb", "control character"), ({}, "not a string")):
        assert violations(create(cloud, **{name: value})) == {field: description}


# -------------------------------------------------------------------- changing

def test_change_an_identity(cloud):
    old = create(cloud, given_name="Ann", title="Dr", primary_email_address="a@example.com").json
    answer = update(cloud, old["id"], id="x", realm_id="x", tenant_id="x", create_time="x",
                    enrollment_status="ENROLLED", display_name="New Name", status="suspended",
                    traits={"type": "traits_v0", "given_name": "Anna", "family_name": "B"})
    assert answer.status == 200, answer
    assert answer.json == {
        **old, "display_name": "New Name", "status": "suspended",
        "traits": {**old["traits"], "given_name": "Anna", "family_name": "B"},
        "update_time": answer.json["update_time"]}
    assert cloud.call("GET", cloud.path(old["id"])).json == answer.json


def test_a_change_of_nothing(cloud):
    old = create(cloud, external_id="x1", primary_email_address="a@example.com").json
    for changes in {}, {"display_name": None, "status": None, "traits": None}, {"traits": {
            "type": "traits_v0", **dict.fromkeys(["username", *TRAITS, *ADDRESSES])}}:
        answer = update(cloud, old["id"], **changes)
        assert answer.json == {**old, "update_time": answer.json["update_time"]}
    found = cloud.call("GET", cloud.realm_path + "/identities?filter=" + urllib.parse.quote(
        'traits.external_id eq "x1" and traits.primary_email_address eq "a@example.com"')).json
    assert found["total_size"] == 1


def test_an_empty_text_takes_a_trait_away(cloud):
    id = create(cloud, title="Dr", primary_email_address="a@example.com").json["id"]
    answer = update(cloud, id, traits={"type": "traits_v0", "title": "",
                                       "primary_email_address": ""})
    assert set(answer.json["traits"]) == {"type", "username"}


def test_another_username(cloud):
    one, two = create(cloud).json, create(cloud).json
    taken = one["traits"]["username"].upper()
    before = stored(cloud)
    answer = update(cloud, two["id"], traits={"type": "traits_v0", "username": taken})
    assert answer.status == 409
    assert answer.json == {"code": "conflict", "message": "username already exists"}
    assert stored(cloud) == before
    answer = update(cloud, one["id"], traits={"type": "traits_v0", "username": taken})
    assert answer.status == 200 and answer.json["traits"]["username"] == taken


@pytest.mark.parametrize("changes, wrong", [
    ({"display_name": ""}, {"display_name": "empty string"}),
    ({"display_name": "x" * 65}, {"display_name": "too long"}),
    ({"status": "x"}, {"status": "not active or suspended"}),
    ({"traits": "x"}, {"traits": "not an object"}),
    ({"traits": {"given_name": "x"}}, {"traits.type": "missing"}),
    ({"traits": {"type": "traits_v1"}}, {"traits.type": "not traits_v0"}),
    ({"traits": {"type": "traits_v0", "username": ""}}, {"traits.username": "empty string"}),
    ({"traits": {"type": "traits_v0", "username": "a:b"}},
     {"traits.username": "character not allowed"}),
    ({"traits": {"type": "traits_v0", "primary_email_address": "x"}},
     {"traits.primary_email_address": "not an email address"}),
    ({"display_name": 1, "status": 2, "traits": {"country": 3}},
     {"display_name": "not a string", "status": "not a string", "traits.type": "missing",
      "traits.country": "not a string"})])
def test_wrong_changes(cloud, changes, wrong):
    before = stored(cloud)
    answer = update(cloud, cloud.identity_id, **changes)
    assert violations(answer) == {f"identity.{name}": text for name, text in wrong.items()}
    assert stored(cloud) == before


def test_a_suspended_identity_cannot_bind_until_it_is_active(cloud):
    link = Link(cloud)
    update(cloud, link.identity_id, status="suspended")
    for answer in link.invoke(), link.get_info(), link.bind():
        assert answer.status == 403
        assert answer.json == about("forbidden", "Identity", link.identity_id,
                                    "the identity is suspended")
    update(cloud, link.identity_id, status="active")
    assert link.bind().status == 200


# -------------------------------------------------------------------- deleting

def test_delete_an_identity(cloud):
    bound, pending = Link(cloud), None
    credential = bound.bind().json["id"]
    pending = Link(cloud, bound.identity_id)
    answer = cloud.call("DELETE", cloud.path(bound.identity_id))
    assert answer.status == 200 and answer.raw == b""
    for method in "GET", "PATCH", "DELETE":
        answer = cloud.call(method, cloud.path(bound.identity_id),
                            {"identity": {}} if method == "PATCH" else None)
        assert answer.status == 404 and answer.json == gone(bound.identity_id)
    assert pending.invoke().status == 404 and pending.bind().status == 404
    assert cloud.call("GET", cloud.path("-", "credentials", credential)).status == 404
    assert cloud.call("GET", cloud.path("-", "credential-binding-jobs", bound.id)).status == 404


def test_a_wildcard_is_no_identity_to_change(cloud):
    before = stored(cloud)
    for method in "GET", "PATCH", "DELETE":
        answer = cloud.call(method, cloud.path("-"), {"identity": {"status": "suspended"}}
                            if method == "PATCH" else None)
        assert answer.status == 404 and answer.json == gone("-")
    assert stored(cloud) == before


def delete_batch(cloud, body):
    return cloud.call("POST", cloud.realm_path + "/identities:batchDelete", body)


def test_delete_several(cloud):
    ids = [create(cloud).json["id"] for _ in range(3)]
    kept = create(cloud).json["id"]
    answer = delete_batch(cloud, {"ids": ids + ids[:1]})
    assert answer.status == 200 and answer.raw == b""
    assert [cloud.call("GET", cloud.path(id)).status for id in ids + [kept]] == [404] * 3 + [200]


def test_delete_several_or_none(cloud):
    ids = [create(cloud).json["id"] for _ in range(2)]
    before = stored(cloud)
    answer = delete_batch(cloud, {"ids": [ids[0], "51c3c2d2907d6b40", ids[1]]})
    assert answer.status == 404 and answer.json == gone("51c3c2d2907d6b40")
    assert stored(cloud) == before


@pytest.mark.parametrize("body, description", [
    ({}, "missing"), ({"ids": None}, "missing"), ({"ids": "x"}, "not an array"),
    ({"ids": []}, "not 1 to 1000 ids"), ({"ids": [1]}, "not an array of strings"),
    ({"ids": [""]}, "empty string"), ({"ids": ["x"] * 1001}, "not 1 to 1000 ids")])
def test_wrong_batches(cloud, body, description):
    before = stored(cloud)
    assert violations(delete_batch(cloud, body)) == {"ids": description}
    assert stored(cloud) == before


# --------------------------------------------------------------------- finding

@pytest.fixture(scope="module")
def people(cloud):
    """Three, whose marks begin with a text that nothing else in the realm has."""
    made = [create(cloud, f"zq {n} Name", username=f"zq.{n}@Example.com", external_id=f"ZQ-{n}",
                   primary_email_address=f"zq.{n}@mail.example").json["id"]
            for n in ("ann", "bob", "annette")]
    return dict(zip(("ann", "bob", "annette"), made))


def find(cloud, filter, **query):
    text = urllib.parse.urlencode({"filter": filter, **query})
    return cloud.call("GET", cloud.realm_path + "/identities?" + text)


@pytest.mark.parametrize("filter, names", [
    ('traits.username eq "zq.ann@example.com"', ["ann"]),
    ('username eq "ZQ.BOB@EXAMPLE.COM"', ["bob"]),
    ('USERNAME EQ "zq.bob@example.com"', ["bob"]),
    ('traits.username co "zq.ann"', ["ann", "annette"]),
    ('traits.external_id eq "ZQ-ann"', ["ann"]), ('traits.external_id eq "zq-ann"', []),
    ('traits.external_id co "ZQ-"', ["ann", "bob", "annette"]),
    ('traits.primary_email_address eq "zq.ann@mail.example"', ["ann"]),
    ('traits.primary_email_address co "@mail.example"', ["ann", "bob", "annette"]),
    ('display_name eq "zq bob name"', ["bob"]), ('display_name co "ZQ A"', ["ann", "annette"]),
    ('display_name co "zq" and username co "ette"', ["annette"]),
    ('display_name co "zq" and display_name eq "zq ann Name"', ["ann"]),
    ('display_name co "zq" and traits.external_id co "bob" and username co "ann"', []),
    ('  display_name   co "zq"   and username co "bob"  ', ["bob"]),
    ('username eq "zq.a"', []), ('username co "%"', []), ('username co "_q."', []),
    ('username eq "\' OR 1=1 --"', []), ('username eq "zq\\u002eann@example.com"', ["ann"]),
    ('username co "\\"and\\""', [])])
def test_filters(cloud, people, filter, names):
    answer = find(cloud, filter)
    assert answer.status == 200, answer
    assert [each["id"] for each in answer.json["identities"]] == [people[name] for name in names]
    assert answer.json["total_size"] == len(names)


def test_filter_by_id(cloud, people):
    for operator, text in ("eq", people["bob"]), ("co", people["bob"][2:14]):
        found = find(cloud, f'id {operator} "{text}"').json["identities"]
        assert [each["id"] for each in found] == [people["bob"]]


@pytest.mark.parametrize("filter, description", [
    ("x", "attribute not known"), ('x eq "y"', "attribute not known"),
    ('status eq "active"', "attribute not known"), ('traits.usernam eq "y"', "attribute not known"),
    ("username", "operator not eq or co"), ('username ne "x"', "operator not eq or co"),
    ("username eq x", "value not in quotes"), ("username eq", "value not in quotes"),
    ('username eq "x', "value not in quotes"), ('username eq "\\x"', "value not in quotes"),
    ("username eq 'x'", "value not in quotes"), ('username eq ""', "empty string"),
    ('username eq "x" or username eq "y"', "conditions not joined by and"),
    ('username eq "x" and', "attribute not known"),
    ('username eq "x" username eq "y"', "conditions not joined by and"),
    ('username eq "x" and traits.username eq "y"', "attribute compared twice in the same way"),
    ('(username eq "x")', "attribute not known")])
def test_wrong_filters(cloud, filter, description):
    assert violations(find(cloud, filter)) == {"filter": description}


def test_a_filter_holds_for_all_pages(cloud, people):
    filter = 'username co "zq.ann"'
    page = find(cloud, filter, page_size=1).json
    assert page["total_size"] == 2 and len(page["identities"]) == 1
    token = page["next_page_token"]
    for query in {}, {"filter": filter}:
        text = urllib.parse.urlencode({"page_token": token, **query})
        rest = cloud.call("GET", cloud.realm_path + "/identities?" + text).json
        assert [each["id"] for each in rest["identities"]] == [people["annette"]]
        assert rest["total_size"] == 2 and "next_page_token" not in rest
    other = find(cloud, 'username co "zq"', page_token=token)
    assert violations(other) == {"filter": "not the filter of the page token"}
    plain = cloud.call("GET", cloud.realm_path + "/identities?page_size=1").json["next_page_token"]
    assert violations(find(cloud, filter, page_token=plain)) == {
        "filter": "not the filter of the page token"}


def test_find_credentials(cloud):
    link, revoked = Link(cloud), Link(cloud)
    one, two = link.bind().json, revoked.bind().json
    cloud.call("POST", cloud.path("-", "credentials", two["id"]) + ":revoke")
    thumbprint = one["jwk_thumbprint"]
    assert thumbprint.endswith("=")

    def ids(filter, identity="-"):
        answer = cloud.call("GET", cloud.path(identity, "credentials") + "?page_size=200&filter=" +
                            urllib.parse.quote(filter))
        assert answer.status == 200, answer
        found = [each["id"] for each in answer.json["credentials"]]
        assert answer.json["total_size"] == len(found)
        return found

    assert ids(f'jwk_thumbprint eq "{thumbprint}"') == [one["id"]]
    assert ids(f'jwk_thumbprint eq "{thumbprint[:-1]}"') == [one["id"]]
    assert one["id"] in ids('state eq "ACTIVE"') and two["id"] not in ids('state eq "ACTIVE"')
    assert ids('state eq "REVOKED"', revoked.identity_id) == [two["id"]]
    assert ids(f'state eq "REVOKED" and jwk_thumbprint eq "{thumbprint}"') == []
    for filter, text in (('id eq "x"', "attribute not known"), ('state co "A"', "operator not eq"),
                         ('jwk_thumbprint eq "="', "empty string")):
        answer = cloud.call("GET", cloud.path("-", "credentials") + "?filter=" +
                            urllib.parse.quote(filter))
        assert violations(answer) == {"filter": text}


def test_a_filter_where_none_is_known_is_ignored(cloud):
    """The documentation lists a stray one for jobs."""
    link = Link(cloud)
    for path in link.path, cloud.path("-", "credential-binding-jobs"):
        assert cloud.call("GET", path + "?filter=x").status == 200
