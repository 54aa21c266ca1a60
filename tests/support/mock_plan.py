# SPDX-License-Identifier: Apache-2.0
"""What a job's id tells the mock cloud to do: right answers, bent on request.

    ok-…                      everything succeeds
    STEP-STATUS[-WORD]-…      that HTTP status at a step: invoke-404, info-500,
                              bind-410-expired, bind-410-revoked, invoke-204 …
    binds-STATUS-…-…          each :bind the next of these HTTP statuses, then success;
                              "slow" for one: it is answered after a minute
    slow-MS[-STEP]-…          waits before it answers (the first step when none is named)
    dribble-STEP-…            the body comes byte by byte and stays incomplete
    garbage-STEP html-STEP empty-STEP trailing-STEP bom-STEP
    dupkeys-STEP deep-STEP nul-STEP badutf8-STEP big-STEP gzip-STEP
    endless-STEP headers-STEP (endless headers) short-STEP (cut before its Content-Length)
    close-STEP                closes without an answer the first time, then succeeds
    closealways-STEP redirect-STEP
    missing-FIELD null-FIELD wrongtype-FIELD blank-FIELD
                              FIELD as tenant.display_name, api_base_url, create_time …
    state-WORD configtype-WORD traits-WORD
    evilbase httpbase userinfobase relativebase otherids emoji noredirect fieldsnull extra

STEP is invoke, info or bind; without one, info is meant.
"""
import gzip
import json
from collections import namedtuple

STEPS = ("invoke", "info", "bind", "get", "revoke", "list")
OTHER_IDS = {"tenant": "c4fc2d753ca22b14", "realm": "cdf4862dc4d49791", "identity": "87fabad6956c6d4b"}
REDIRECT_URI = "https://app.example.com/done?x=1"
ERROR_CODES = {400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found",
               409: "conflict", 410: "gone", 422: "unprocessable_entity",
               429: "too_many_requests", 500: "internal_server_error"}

# how: send, close, endless, headers, short, dribble
Answer = namedtuple("Answer", "status body content_type how headers")


def answer(status, body=b"", content_type="application/json", how="send", **headers):
    return Answer(status, body, content_type, how, headers)


def error_answer(status, message, code=None):
    document = {"code": code or ERROR_CODES.get(status, "error"), "message": message}
    headers = {"retry-after": "1"} if status == 429 else {}
    return answer(status, json.dumps(document).encode(), **headers)


class Plan:
    def __init__(self, job):
        words = job.split("-")
        self.name, self.args = words[0], words[1:]

    def arg(self, index):
        return self.args[index] if index < len(self.args) else ""

    def of_bind(self, number):
        """What the number-th :bind of a job binds-… gets; its last word is only its name."""
        return self.args[number - 1] if number < len(self.args) else ""

    def step(self, index=0, default="info"):
        return self.arg(index) if self.arg(index) in STEPS else default

    def delay_ms(self, step, is_first, num_binds):
        if self.name == "binds" and step == "bind" and self.of_bind(num_binds) == "slow":
            return 60000
        if self.name != "slow" or not self.arg(0).isdigit():
            return 0
        wanted = self.step(1, "")
        return int(self.arg(0)) if (step == wanted if wanted else is_first) else 0

    def refusal(self, step, num_binds=0):
        """The answer of a job that fails by status here, else None."""
        if self.name == "binds" and step == "bind":
            status, word = self.of_bind(num_binds), ""
        elif self.name == step:
            status, word = self.arg(0), self.arg(1)
        else:
            return None
        if status.endswith("html"):  # from something in front of the cloud
            return answer(int(status[:3]), b"<html>no backend</html>", "text/html")
        if not (status.isdigit() and len(status) == 3):
            return None
        status = int(status)
        if status == 204:
            return answer(204)
        code = {"expired": "link_expired", "revoked": "link_revoked"}.get(word) if status == 410 else None
        return error_answer(status, f"mock: {step} answers {status} on request", code)


def instruction(base_url, ids, job, token):
    return {"api_base_url": base_url, "tenant_id": ids["tenant"], "realm_id": ids["realm"],
            "identity_id": ids["identity"], "job_id": job, "token": token}


def binding_info(ids):
    return {"tenant": {"display_name": "Mock Tenant"}, "realm": {"display_name": "Mock Realm"},
            "identity": {"display_name": "Mock Identity",
                         "traits": {"type": "traits_v0", "username": "user1",
                                    "primary_email_address": "u@example.com"}},
            "theme": {"logo_url_light": "https://example.com/light.png",
                      "logo_url_dark": "https://example.com/dark.png",
                      "support_url": "https://example.com/support"},
            "post_binding_redirect_uri": REDIRECT_URI,
            "authenticator_config": {"id": "1111222233334444", "tenant_id": ids["tenant"],
                                     "realm_id": ids["realm"],
                                     "config": {"type": "embedded", "authentication_methods":
                                                [{"type": "software_passkey"}]}},
            "application_id": "5555666677778888"}


def credential(credential_id):
    return {"id": credential_id, "state": "ACTIVE", "create_time": "2022-03-14T03:42:52.905Z",
            "update_time": "2022-03-15T05:55:23.823Z"}


def field_step(path):
    if path in instruction("", dict.fromkeys(OTHER_IDS), "", ""):
        return "invoke"
    return "bind" if path in credential("") else "info"


def bend_field(document, path, kind):
    *parents, last = path.split(".")
    for parent in parents:
        document = document[parent]
    if kind == "missing":
        del document[last]
    elif kind == "null":
        document[last] = None
    elif kind == "blank":
        document[last] = ""
    else:
        document[last] = 7 if isinstance(document[last], str) else "text"


def rename(document):
    document["tenant"]["display_name"] = "Café ☕"
    document["realm"]["display_name"] = "王国"
    document["identity"]["display_name"] = "Zoë 👩‍🚀"
    document["identity"]["traits"]["username"] = "zoë🚀"


def forget_options(document, value):
    for holder, name in ((document, "post_binding_redirect_uri"), (document, "application_id"),
                         (document["authenticator_config"], "id"),
                         (document["identity"]["traits"], "primary_email_address")):
        if value == "null":
            holder[name] = None
        else:
            del holder[name]


def bend_document(plan, step, document):
    """Changes what a right answer says; which bytes it becomes is bend_bytes' part."""
    name = plan.name
    if name in ("missing", "null", "wrongtype", "blank") and field_step(plan.arg(0)) == step:
        bend_field(document, plan.arg(0), name)
    elif name == "extra":
        document["something_new"] = {"list": [1, 2.5, None, True, {"deeper": "still fine"}]}
    elif step == "invoke":
        document["api_base_url"] = {
            "evilbase": "https://evil.test", "httpbase": "http://api-us.beyondidentity.com",
            "userinfobase": document["api_base_url"].replace("://", "://user:pw@"),
            "relativebase": "/v1"}.get(name, document["api_base_url"])
        if name == "otherids":
            document.update({f"{kind}_id": value for kind, value in OTHER_IDS.items()})
    elif step == "bind" and name == "state":
        document["state"] = plan.arg(0)
    elif step == "info" and name == "configtype":
        document["authenticator_config"]["config"]["type"] = plan.arg(0)
    elif step == "info" and name == "traits":
        document["identity"]["traits"]["type"] = plan.arg(0)
    elif step == "info" and name == "emoji":
        rename(document)
    elif step == "info" and name in ("fieldsnull", "noredirect"):
        forget_options(document, "null" if name == "fieldsnull" else "absent")


BENT_BYTES = {
    "garbage": lambda body: b"this is {not JSON",
    "empty": lambda body: b"",
    "trailing": lambda body: body + b"{}",
    "bom": lambda body: b"\xef\xbb\xbf" + body,
    "dupkeys": lambda body: b'{"extra":1,"extra":2,' + body[1:],
    "deep": lambda body: b'{"extra":' + b"[" * 5000 + b"]" * 5000 + b"," + body[1:],
    "nul": lambda body: b'{"extra":"a\\u0000b",' + body[1:],
    "badutf8": lambda body: b'{"extra":"\xc0\xaf",' + body[1:],
    "big": lambda body: b'{"extra":"' + b"x" * (32 << 20) + b'",' + body[1:],
}


def right_answer(plan, step, document, base_url):
    """The 200 answer of a step, with what the plan does to it."""
    bend_document(plan, step, document)
    body = json.dumps(document, ensure_ascii=False).encode()
    name = plan.name
    if plan.step() != step:
        return answer(200, body)
    if name in BENT_BYTES:
        return answer(200, BENT_BYTES[name](body))
    if name == "html":
        return answer(200, b"<!DOCTYPE html><title>Log in to Free Wi-Fi</title>", "text/html")
    if name == "gzip":
        return answer(200, gzip.compress(body), **{"content-encoding": "gzip"})
    if name == "redirect":
        return answer(302, body, location=f"{base_url}/_redirected")
    if name in ("endless", "headers", "short", "dribble", "close", "closealways"):
        return answer(200, body, how="close" if name == "closealways" else name)
    return answer(200, body)
