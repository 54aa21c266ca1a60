# SPDX-License-Identifier: Apache-2.0
"""A passkey creation link in a test's hands, with the requests of a client."""
from cloud import http
from softkey import SoftKey, bind_claims


class Link:
    """A fresh creation link and the requests that a client makes with it."""

    def __init__(self, cloud, identity_id=None, **job):
        self.cloud = cloud
        self.identity_id = identity_id or cloud.create_identity()["id"]
        self.job, self.url = cloud.create_job(self.identity_id, **job)
        self.id = self.job["id"]
        self.token = self.url.split("?token=")[1]
        self.path = cloud.path(self.identity_id, "credential-binding-jobs", self.id)
        self.instruction = {
            "api_base_url": cloud.api_base_url, "tenant_id": cloud.tenant_id,
            "realm_id": cloud.realm_id, "identity_id": self.identity_id, "job_id": self.id,
            "token": self.token}

    @property
    def state(self):
        return self.cloud.job(self.id)["state"]

    def invoke(self, accept="application/json", method="GET", **headers):
        return http(method, self.url, headers={"Accept": accept, **headers})

    def get_info(self, token=None, headers=None):
        return self.cloud.call("POST", self.path + ":getInfo", token=token or self.token,
                               headers=headers)

    def bind(self, key=None, raw=None, token=None, type="JWT", headers=None):
        raw = (key or SoftKey()).jws(bind_claims(self.instruction)) if raw is None else raw
        return self.cloud.call("POST", self.path + ":bind", {"type": type, "raw": raw},
                               token=token or self.token, headers=headers)

    def revoke(self):
        return self.cloud.call("POST", self.path + ":revoke")
