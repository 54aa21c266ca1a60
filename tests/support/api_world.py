# SPDX-License-Identifier: Apache-2.0
"""Something of each kind in a cloud, for tests that make requests of its description."""
import requests

from cloud_api import Application, basic, name
from cloud_link import Link

CHANGING = ("patch", "delete")


class World:
    """What the paths of requests may name, and the tokens that belong to it."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy
        self.link, self.bound, self.revoked = Link(cloud), Link(cloud), Link(cloud)
        self.credential = self.bound.bind().json
        self.application = Application(cloud, "identities:read")
        template = {"authenticator_config_id": cloud.authenticator_config_id}
        answer = cloud.call("POST", cloud.realm_path + "/batch-credential-binding-jobs", {
            "batch_credential_binding_job": {"identity_ids": [cloud.identity_id],
                                             "job_template": template}})
        assert answer.status == 200, answer
        self.batch_id = answer.json["id"]

    def id(self, path, method):
        """Of the thing that {id} in the path is; one of its own for who changes it."""
        if "/applications/" in path:
            return (Application(self.cloud) if method in CHANGING else self.application).id
        if "/authenticator-configs/" in path:
            return self.config_id(method)
        if "/batch-" in path:
            return self.batch_id
        if "/credentials/" in path:
            return self.credential["id"]
        return self.revoked.id if path.endswith(":revoke") else self.link.id

    def config_id(self, method):
        if method not in CHANGING:
            return self.cloud.authenticator_config_id
        return self.cloud.call("POST", self.cloud.realm_path + "/authenticator-configs", {
            "authenticator_config": {"display_name": name(), "config": {"type": "platform"}}}).json[
                "id"]

    def parts(self, path, method):
        """What the parameters of a path are."""
        identity_id = self.link.identity_id
        if "/credentials/" in path:
            identity_id = self.bound.identity_id
        elif path.endswith(":revoke"):
            identity_id = self.revoked.identity_id
        elif method in CHANGING and path.endswith("{identity}"):
            identity_id = self.cloud.create_identity()["id"]
        everything = {"tenant": self.cloud.tenant_id, "realm": self.cloud.realm_id,
                      "identity": identity_id}
        if "{id}" in path:
            everything["id"] = self.id(path, method)
        return {part: value for part, value in everything.items() if "{" + part + "}" in path}

    def authorization(self, operation):
        """The headers that the operation wants."""
        ways = {scheme for way in operation.definition.raw.get("security", []) for scheme in way}
        if "token" in ways:
            return {"Authorization": f"Bearer {self.cloud.api_token}"}
        if "client" in ways:
            return basic(self.application.client_id, self.application.client_secret)
        return {"Authorization": f"Bearer {self.link.token}"} if "link" in ways else {}
