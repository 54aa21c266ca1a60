# SPDX-License-Identifier: Apache-2.0
"""The mock cloud's credential binding jobs, as the API's callers ask for them.

    a job's id                 what GET and :revoke answer
    states-ITEM-…-NUMBER       each GET the next item, the last one again and again:
                               a state (LINK_SENT, COMPLETE …), a number (that HTTP
                               status), or close (no answer); NUMBER makes it another job
    get-STATUS  revoke-STATUS  that HTTP status
    slow-MS-get  garbage-get … as in mock_plan.py, with the steps get, revoke and list
    anything else              LINK_SENT, until it is bound or revoked

    an identity's id           what the list of its jobs is
    pages-NUM-SIZE             NUM pages of SIZE jobs
    circle-NUM                 pages that come round again after NUM
    forever                    always one page more
    list-STATUS  slow-MS-list  as above
    anything else              one page with two jobs
"""
import json
from collections import Counter
from urllib.parse import parse_qs

from mock_jws import require
from mock_plan import answer, error_answer, right_answer

API_TOKEN = "mock-api-token"
TIMES = {"create_time": "2022-03-14T03:42:52.905657Z", "update_time": "2022-03-15T05:55:23.823187Z",
         "expire_time": "2022-03-21T03:42:52.905657Z"}


def document(name, ids, state, **others):
    return {"id": name, "realm_id": ids["realm"], "tenant_id": ids["tenant"], "identity_id": ids["identity"],
            "delivery_method": "RETURN", "state": state, **TIMES, **others}


class JobCalls:
    """For the mock's Cloud: each method answers one kind of request."""

    def __init__(self):
        self.num_asked, self.revoked = Counter(), set()

    def get(self, job, ids, request):
        self.require_caller(request, "GET")
        require(request["query"] == "", "there is a query")
        return self.refusal(job, "get", request) or self.show(job, ids, "get")

    def revoke(self, job, ids, request):
        self.require_caller(request, "POST")
        require(request["query"] == "" and request["body"] == "", "there is a query or a body")
        require("content-type" not in request["headers"], "revoke names a content-type")
        refusal = self.refusal(job, "revoke", request)
        if refusal:
            return refusal
        if job.credential:
            return error_answer(409, "mock: the job is complete")
        self.revoked.add(job.name)
        return self.show(job, ids, "revoke")

    def list(self, job, ids, request):
        """The job is the identity: its id is the plan."""
        self.require_caller(request, "GET")
        query = parse_qs(request["query"], strict_parsing=True)
        require(query.get("page_size") == ["200"] and query.keys() <= {"page_size", "page_token"},
                "the query is not page_size=200 and perhaps page_token")
        refusal = self.refusal(job, "list", request)
        return refusal or self.page(job, ids, query.get("page_token", [None])[0])

    @staticmethod
    def require_caller(request, method):
        require(request["method"] == method, f"not a {method}")
        require(request["headers"].get("accept") == "application/json", "accept is not application/json")

    @staticmethod
    def refusal(job, step, request):
        if request["headers"].get("authorization") != f"Bearer {API_TOKEN}":
            return error_answer(401, "unauthorized")
        return job.plan.refusal(step)

    def show(self, job, ids, step):
        item = self.next_item(job)
        if item == "close":
            return answer(200, how="close")
        if item.isdigit():
            return error_answer(int(item), f"mock: {item} on request")
        others = {"credential_id": job.credential["id"]} if job.credential else {}
        return right_answer(job.plan, step, document(job.name, ids, item, **others), "")

    def next_item(self, job):
        if job.name in self.revoked:
            return "REVOKED"
        if job.plan.name == "states":
            items = job.plan.args[:-1]
            item = items[min(self.num_asked[job.name], len(items) - 1)]
            self.num_asked[job.name] += 1
            return item
        return "COMPLETE" if job.credential else "LINK_SENT"

    @staticmethod
    def page(job, ids, token):
        """Tokens need encoding: the client must not put them into a URL as they are."""
        number = int(token.split("&")[0].removeprefix("p/")) if token else 0
        name, plan = job.plan.name, job.plan
        size = int(plan.arg(1) or 2) if name == "pages" else 2
        num_pages = {"pages": int(plan.arg(0) or 1) if name == "pages" else 1, "circle": 10**9,
                     "forever": 10**9}.get(name, 1)
        following = number + 1
        if name == "circle" and following > int(plan.arg(0)):
            following = 1
        jobs = [document(f"{number}-{i}", ids, "LINK_SENT") for i in range(size)]
        listed = {"credential_binding_jobs": jobs, "total_size": size * num_pages}
        if following < num_pages:
            listed["next_page_token"] = f"p/{following}&=+%20"
        if name in ("circle", "forever"):
            return answer(200, json.dumps(listed).encode())
        return right_answer(plan, "list", listed, "")
