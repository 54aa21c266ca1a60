#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A tiny cloud that speaks the bind protocol, written apart from our C code.

    python3 mock_cloud.py [--port 0] [--tls-cert F --tls-key F] [--log F]

prints one JSON line {"base_url","tenant_id","realm_id","api_token"} when it is
ready. mock_plan.py says what a job's id makes it do when it is bound, mock_jobs.py
what it does when the API is asked for jobs. Form A links:

    {base_url}/v1/tenants/T/realms/R/identities/I/credential-binding-jobs/JOB:invokeAuthenticator?token=TOK

Every request is recorded: GET /_log[?job=JOB]; registered keys: GET /_credentials.
A request that breaks the protocol is answered 400 and says so in the log."""
import argparse
import hashlib
import json
import re
import ssl
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from mock_jobs import API_TOKEN, JobCalls
from mock_jws import Violation, check_bind_body, require, thumbprint
from mock_plan import (Plan, answer, binding_info, credential, error_answer, instruction,
                       right_answer)

TENANT, REALM = "mocktenant", "mockrealm"
IDENTITY_PATH = r"/v1/tenants/(?P<tenant>[^/]*)/realms/(?P<realm>[^/]*)/identities/(?P<identity>[^/]*)"
JOB_PATH = re.compile(IDENTITY_PATH + r"/credential-binding-jobs/(?P<job>[^/:]*):(?P<verb>\w+)")
GET_PATH = re.compile(IDENTITY_PATH + r"/credential-binding-jobs/(?P<job>[^/:]*)")
JOBS_PATH = re.compile(IDENTITY_PATH + r"/credential-binding-jobs")
STEP_OF = {"invokeAuthenticator": "invoke", "getInfo": "info", "bind": "bind", "revoke": "revoke"}


def bearer(headers):
    scheme, _, token = headers.get("authorization", "").partition(" ")
    require(scheme == "Bearer" and token, "no Authorization: Bearer")
    return token


class Job:
    """What the cloud remembers of one binding job."""

    def __init__(self, name):
        self.name, self.plan = name, Plan(name)
        self.token = None         # the instruction token, once known
        self.credential = None    # what :bind registered
        self.closed = set()       # steps that were cut off once
        self.num_binds = 0        # that have come in


class Cloud(JobCalls):
    """The protocol without HTTP: a request comes in, an answer goes out."""

    def __init__(self, base_url):
        super().__init__()
        self.base_url, self.lock = base_url, threading.Lock()
        self.jobs, self.log, self.num_created = {}, [], 0
        self.arrived, self.arrivals = threading.Condition(), set()
        self.stopping = threading.Event()

    def record(self, entry, log_file):
        with self.lock:
            self.log.append(entry)
            if log_file:
                print(json.dumps(entry), file=log_file, flush=True)

    def credentials(self):
        with self.lock:
            return [job.credential for job in self.jobs.values() if job.credential]

    def answer(self, request):
        """(answer, violation): what to send, and the rule the request broke."""
        try:
            return self.route(request), None
        except Violation as violation:
            return error_answer(400, f"mock: {violation}"), str(violation)

    def route(self, request):
        path = request["path"]
        if path == "/_redirected":
            return answer(200, b"{}")
        match = JOB_PATH.fullmatch(path)
        if match and match["verb"] in STEP_OF:
            names = {name: unquote(value) for name, value in match.groupdict().items()}
            return self.step(STEP_OF[match["verb"]], names, request)
        match = GET_PATH.fullmatch(path)
        if match:
            return self.step("get", {name: unquote(value) for name, value in match.groupdict().items()}, request)
        match = JOBS_PATH.fullmatch(path)
        if match and request["method"] == "POST":
            return self.create(match, request)
        if match:
            names = {name: unquote(value) for name, value in match.groupdict().items()}
            return self.step("list", {**names, "job": names["identity"]}, request)
        return error_answer(404, "mock: no such path")

    def step(self, step, names, request):
        with self.lock:
            is_first = names["job"] not in self.jobs
            job = self.jobs.setdefault(names["job"], Job(names["job"]))
            job.num_binds += step == "bind"
            delay_ms = job.plan.delay_ms(step, is_first, job.num_binds)
        request["job"], request["step"] = job.name, step
        with self.arrived:
            self.arrivals.add((job.name, step))
            self.arrived.notify_all()
        self.stopping.wait(delay_ms / 1000)
        ids = {name: names[name] for name in ("tenant", "realm", "identity")}
        with self.lock:
            given = getattr(self, step)(job, ids, request)
            if given.how == "close" and job.plan.name == "close":
                return self.close_once(job, step, given)
            return given

    @staticmethod
    def close_once(job, step, given):
        if step in job.closed:
            return given._replace(how="send")
        job.closed.add(step)
        return given

    def invoke(self, job, ids, request):
        require(request["method"] == "GET", "invokeAuthenticator is a GET")
        require(request["headers"].get("accept") == "application/json", "accept is not application/json")
        require("authorization" not in request["headers"], "invokeAuthenticator carries no authorization")
        require(request["body"] == "", "invokeAuthenticator has no body")
        token = parse_qs(request["query"], keep_blank_values=True).get("token", [""])[0]
        require(token, "no token in the query")
        # another token than the link's: the client must go on with this one
        job.token = "instr-" + hashlib.sha256(f"{job.name} {token}".encode()).hexdigest()[:40]
        refusal = job.plan.refusal("invoke")
        return refusal or right_answer(job.plan, "invoke", instruction(
            self.base_url, ids, job.name, job.token), self.base_url)

    def info(self, job, ids, request):
        self.require_job_post(job, request)
        require(request["body"] == "", "getInfo has a body")
        require("content-type" not in request["headers"], "getInfo names a content-type")
        require(request["headers"].get("content-length") == "0", "getInfo has no Content-Length: 0")
        return job.plan.refusal("info") or right_answer(job.plan, "info", binding_info(ids), self.base_url)

    def bind(self, job, ids, request):
        self.require_job_post(job, request)
        require(request["headers"].get("content-type") == "application/json",
                "content-type is not application/json")
        jwk = check_bind_body(request["body"].encode(), ids, job.token)
        refusal = job.plan.refusal("bind", job.num_binds)
        if refusal:
            return refusal
        if job.credential and job.credential["jwk"] != jwk:
            return error_answer(409, "mock: used already, with another key")
        job.credential = job.credential or self.register(job, ids, jwk)
        return right_answer(job.plan, "bind", credential(job.credential["id"]), self.base_url)

    @staticmethod
    def register(job, ids, jwk):
        return {"id": hashlib.sha256(job.name.encode()).hexdigest()[:16], "job_id": job.name,
                **{f"{kind}_id": value for kind, value in ids.items()},
                "jwk": jwk, "thumbprint": thumbprint(jwk)}

    @staticmethod
    def require_job_post(job, request):
        require(request["method"] == "POST", "not a POST")
        require(request["query"] == "", "there is a query")
        token = bearer(request["headers"])
        job.token = job.token or token  # a /bind link: the mock did not issue it
        require(token == job.token, "not the instruction's token")

    def create(self, match, request):
        """POST …/credential-binding-jobs; an identity create-STATUS-… fails so."""
        plan = Plan(unquote(match["identity"]))
        refusal = plan.refusal("create")
        if refusal:
            return refusal
        if request["headers"].get("authorization") != f"Bearer {API_TOKEN}":
            return error_answer(401, "unauthorized")
        job = json.loads(request["body"] or "{}").get("job") or {}
        with self.lock:
            self.num_created += 1
            name = f"ok-created-{self.num_created}"
        document = {"credential_binding_job": {
            "id": name, "tenant_id": match["tenant"], "realm_id": match["realm"],
            "identity_id": match["identity"], "state": "LINK_SENT", **job}}
        if job.get("delivery_method") == "RETURN":
            document["credential_binding_link"] = (
                f"{self.base_url}{request['path']}/{name}:invokeAuthenticator?token=created-{name}")
        return answer(200, json.dumps(document).encode())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True  # headers and body are two writes
    cloud = log_file = None

    def log_message(self, *_):
        pass

    def handle_any(self):
        target = urlsplit(self.path)
        cloud = self.cloud
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length).decode("utf-8", "replace")
        if target.path == "/_log":
            job = parse_qs(target.query).get("job", [None])[0]
            entries = [e for e in list(cloud.log) if job is None or e.get("job") == job]
            return self.send(answer(200, json.dumps(entries).encode()))
        if target.path == "/_credentials":
            return self.send(answer(200, json.dumps(cloud.credentials()).encode()))
        request = {"method": self.command, "target": self.path, "path": target.path,
                   "query": target.query, "connection": self.client_address[1],
                   "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body}
        given, violation = cloud.answer(request)
        cloud.record({**request, "status": given.status, "how": given.how, "violation": violation},
                     self.log_file)
        return self.send(given)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = handle_any

    def send(self, given):
        self.close_connection = given.how != "send"
        if given.how == "close":
            return
        self.send_response(given.status)
        self.send_header("content-type", given.content_type)
        self.send_header("set-cookie", "mock=1; Path=/")  # nobody may send it back
        self.send_header("x-correlation-id", "mock-correlation")
        for name, value in given.headers.items():
            self.send_header(name, value)
        try:
            getattr(self, f"send_{given.how}")(given.body)
        except OSError:
            self.close_connection = True

    def send_send(self, body):
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_short(self, body):
        self.send_header("content-length", str(len(body) + 10))
        self.end_headers()
        self.wfile.write(body)

    def send_endless(self, body):
        self.end_headers()
        self.wfile.write(body[:-1] + b',"endless":"')
        while not self.cloud.stopping.is_set():
            self.wfile.write(b"x" * 65536)

    def send_headers(self, _):
        self.flush_headers()
        while not self.cloud.stopping.is_set():
            self.wfile.write(b"x-endless: " + b"x" * 1000 + b"\r\n")

    def send_dribble(self, body):
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        for byte in body[:-1]:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.cloud.stopping.wait(0.2):
                return
        self.cloud.stopping.wait(60)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A client that hangs up or refuses our certificate is part of the game."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handle_error(request, client_address)


class MockCloud:
    """with MockCloud() as cloud: … cloud.base_url, cloud.link("ok-1"), cloud.log("ok-1")"""

    def __init__(self, port=0, tls_cert=None, tls_key=None, tls_version=None, log=None, host="localhost"):
        handler = type("BoundHandler", (Handler,), {})
        self.server = Server(("127.0.0.1", port), handler)
        scheme = "https" if tls_cert else "http"
        if tls_cert:
            self.server.socket = tls_context(tls_cert, tls_key, tls_version).wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.base_url = f"{scheme}://{host}:{self.server.server_address[1]}"
        self.cloud = handler.cloud = Cloud(self.base_url)
        self.log_file = handler.log_file = open(log, "a", encoding="utf-8") if log else None
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.cloud.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        if self.log_file:
            self.log_file.close()

    def link(self, job, identity="identity1", token="link-token"):
        return (f"{self.base_url}/v1/tenants/{TENANT}/realms/{REALM}/identities/{identity}"
                f"/credential-binding-jobs/{job}:invokeAuthenticator?token={token}")

    def bind_link(self, job, identity="identity1", token="link-token", prefix="https://app.example.com/bind"):
        return (f"{prefix}?api_base_url={self.base_url}&tenant_id={TENANT}&realm_id={REALM}"
                f"&identity_id={identity}&job_id={job}&token={token}")

    def log(self, job=None):
        return [entry for entry in list(self.cloud.log) if job is None or entry.get("job") == job]

    def wait_for(self, job, step, seconds=60):
        """Until a request for this step has come in; it may not be answered yet."""
        with self.cloud.arrived:
            if not self.cloud.arrived.wait_for(lambda: (job, step) in self.cloud.arrivals, seconds):
                raise TimeoutError(f"no {step} request for {job}")

    def credentials(self):
        return self.cloud.credentials()


def tls_context(cert, key, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if version:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():  # old versions are deprecated: that is why we test them
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
    context.load_cert_chain(cert, key)
    return context


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls-cert")
    parser.add_argument("--tls-key")
    parser.add_argument("--tls-version", help="only this one, such as TLSv1_1")
    parser.add_argument("--log", help="append each request as a JSON line")
    arguments = parser.parse_args()
    with MockCloud(**vars(arguments)) as mock:
        print(json.dumps({"base_url": mock.base_url, "tenant_id": TENANT, "realm_id": REALM,
                          "api_token": API_TOKEN}), flush=True)
        try:
            mock.thread.join()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
