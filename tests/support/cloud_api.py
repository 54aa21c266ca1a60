# SPDX-License-Identifier: Apache-2.0
"""What tests of the API say often: applications, access tokens, errors."""
import base64
import json
import re
import urllib.parse
import uuid

import cloud as cloud_module
from cloud import http

FORBIDDEN = {"code": "forbidden", "message": "forbidden"}
UNAUTHORIZED = {"code": "unauthorized", "message": "unauthorized"}
NOT_FOUND = {"code": "not_found", "message": "The requested resource was not found."}
INVALID = {"code": "bad_request", "message": "invalid request"}
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def violations(answer):
    """The fields of an error about fields, and what is said of each."""
    assert answer.status == 400, answer
    assert answer.json["code"] == "bad_request" and answer.json["message"] == "invalid parameters"
    detail, = answer.json["details"]
    assert detail["type"] == "FieldViolations"
    return {each["field"]: each["description"] for each in detail["field_violations"]}


def about(code, kind, id, text):
    """The body of an error about one resource."""
    return {"code": code, "message": text, "details": [
        {"type": "ResourceInfo", "resource_type": kind, "id": id, "description": text}]}


def stored(cloud):
    """All rows but those of the outbox, from which mail goes out at any time."""
    if cloud_module.postgres:
        row, = cloud.rows("SELECT schema_to_xml('public', true, false, '') AS xml")
        return re.sub(r"(?s)<outbox\b[^>]*?(/>|>.*?</outbox>)", "", row["xml"])
    return re.sub(r'(?m)^INSERT INTO "outbox".*\n', "", cloud.dump())


def name():
    return f"Name {uuid.uuid4().hex[:12]}"


def basic(client_id, client_secret):
    pair = f"{urllib.parse.quote_plus(client_id)}:{urllib.parse.quote_plus(client_secret)}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


class Application:
    """A confidential client of the API that may do what scopes say."""

    def __init__(self, cloud, *scopes, realm_path=None, token="api", **protocol):
        self.cloud = cloud
        answer = cloud.call("POST", (realm_path or cloud.realm_path) + "/applications", {
            "application": {"display_name": name(), "protocol_config": {
                "type": "oauth2", "allowed_scopes": list(scopes), **protocol}}}, token=token)
        assert answer.status == 200, answer
        self.json = answer.json
        self.id = self.json["id"]
        self.client_id = self.json["protocol_config"]["client_id"]
        self.client_secret = self.json["protocol_config"]["client_secret"]
        self.path = (realm_path or cloud.realm_path) + "/applications/" + self.id

    def post(self, path, form, headers=None):
        """A form, with the client's id and secret unless there are other headers."""
        headers = basic(self.client_id, self.client_secret) if headers is None else headers
        body = form if isinstance(form, bytes) else urllib.parse.urlencode(form).encode()
        return http("POST", self.cloud.api_base_url + path, body, {
            "Content-Type": "application/x-www-form-urlencoded", **headers})

    def ask(self, **form):
        return self.post(self.path + "/token", {"grant_type": "client_credentials", **form})

    def token(self, **form):
        answer = self.ask(**form)
        assert answer.status == 200, answer
        return answer.json["access_token"]


def token_for(cloud, *scopes):
    return Application(cloud, *scopes).token()


def unpacked(token):
    """The header and the claims of a JWT."""
    return tuple(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
                 for part in token.split(".")[:2])


class OtherTenant:
    """A tenant of its own in the same cloud, with a realm and an API token."""

    def __init__(self, cloud):
        import hashlib
        self.id, self.api_token = uuid.uuid4().hex[:16], uuid.uuid4().hex * 2
        cloud.execute("INSERT INTO tenant (id, display_name, create_ms, update_ms)"
                      " VALUES (?, 'Other', 0, 0)", self.id)
        cloud.execute("INSERT INTO api_token (hash, tenant_id, create_ms) VALUES (?, ?, 0)",
                      hashlib.sha256(self.api_token.encode()).hexdigest(), self.id)
        answer = cloud.call("POST", f"/v1/tenants/{self.id}/realms", {
            "realm": {"display_name": "Other Realm"}}, token=self.api_token)
        assert answer.status == 200, answer
        self.realm_path = f"/v1/tenants/{self.id}/realms/{answer.json['id']}"
