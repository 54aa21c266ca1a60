# SPDX-License-Identifier: Apache-2.0
"""The scenarios that all languages share, tests/conformance/README.md."""
import asyncio
import inspect
import json
import os
import re
import uuid

import pytest

import passkey
from conftest import REPOSITORY

LIST = json.loads((REPOSITORY / "tests/conformance/scenarios.json").read_text())
RUN = uuid.uuid4().hex
KEYS = {"name", "call", "link", "id", "identity", "job", "delivery_method",
        "post_binding_redirect_uri", "wait_ms", "cancel_at", "at_once", "options", "home", "needs",
        "expect"}
EXPECTATIONS = {"code", "http_status", "value", "passkey", "info", "job", "count", "resumed",
                "findings"}
OBJECTS = {"passkey", "info", "job", "resumed"}
LEVELS = ["ok", "warning", "problem"]
NEEDS = {"no /dev/tpmrm0": lambda: not os.path.exists("/dev/tpmrm0")}
#: Functions of the module alone; they do not wait and give a value.
PREDICATES = {"is_bind_passkey_url", "is_authenticate_url"}
#: Each call's method, what it is made with, and what its answer is to be compared with.
CALLS = {
    "bind": ("bind_passkey", ["link"], lambda result: {"passkey": result.passkey}),
    "check": ("check", ["link"], lambda link: {}),
    "info": ("info", ["link"], lambda info: {"info": info}),
    "list": ("list_passkeys", [], lambda passkeys: {"count": len(passkeys)}),
    "get": ("get_passkey", ["id"], lambda found: {"passkey": found}),
    "delete": ("delete_passkey", ["id"], lambda nothing: {}),
    "create_job": ("create_job", ["identity", "delivery_method", "post_binding_redirect_uri"],
                   lambda job: {"job": job}),
    "get_job": ("get_job", ["identity", "job"], lambda job: {"job": job}),
    "revoke_job": ("revoke_job", ["identity", "job"], lambda job: {"job": job}),
    "wait_job": ("wait_job", ["identity", "job", "wait_ms"], lambda job: {"job": job}),
    "list_jobs": ("list_jobs", ["identity"], lambda jobs: {"count": len(jobs)}),
    "resume": ("resume", [], lambda report: {
        "count": len(report), "resumed": Shown(report[0]) if report else None}),
    "examine": ("examine", [], lambda found: {"findings": worst_levels(found)}),
}
#: {passkey}: the local id of the one that was bound last.
last_bound = {"id": ""}


def snake_case(name):
    return re.sub("[A-Z]", lambda letter: "_" + letter.group().lower(), name)


def at_path(value, path):
    for name in path.split("."):
        value = getattr(value, snake_case(name))
    return value


class Shown:
    """A Resumed with the passkey of its result, as all languages show it."""

    def __init__(self, resumed):
        vars(self).update(vars(resumed), passkey=resumed.result and resumed.result.passkey)


def worst_levels(findings):
    levels = {}
    for each in findings:
        levels[each.check] = max(levels.get(each.check, "ok"), each.level, key=LEVELS.index)
    return levels


@pytest.fixture(scope="session")
def homes(tmp_path_factory):
    return tmp_path_factory.mktemp("homes")


class Scenario:
    """One of the list, with its placeholders filled."""

    def __init__(self, index, cloud, homes):
        self.given = LIST["scenarios"][index]
        self.expected = self.given["expect"]
        self.id = f"{RUN}{index}"
        self.cloud, self.home = cloud, homes / self.given.get("home", f"scenario-{index}")
        options = {**LIST["options"], **self.given.get("options", {})}
        self.options = {name: self.fill(value) for name, value in options.items()
                        if value is not None}

    def fill(self, text, number=0):
        return (text.replace("{cloud}", self.cloud).replace("{id}", self.id)
                .replace("{home}", str(self.home)).replace("{passkey}", last_bound["id"])
                .replace("{n}", str(number)))

    def arguments(self, number=0):
        _, names, _ = CALLS[self.given["call"]]
        values = {name: self.given.get(name) for name in names}
        if values.get("wait_ms") is not None:
            values["wait_ms"] /= 1000
        return [self.fill(value, number) if isinstance(value, str) else value
                for value in values.values()]

    def came(self, answer):
        """What came of a call, in the words of "expect"."""
        if isinstance(answer, asyncio.CancelledError):
            return {"code": "canceled"}
        if isinstance(answer, passkey.PasskeyError):
            assert f"tok-{RUN}" not in str(answer) + repr(answer) + repr(vars(answer))
            return {"code": answer.code, "http_status": answer.http_status}
        if isinstance(answer, BaseException):
            raise answer
        _, _, told = CALLS[self.given["call"]]
        return {"code": "ok", **told(answer)}

    def play(self):
        """What came of each of its calls."""
        if self.given["call"] in PREDICATES:
            return [{"value": getattr(passkey, self.given["call"])(self.fill(self.given["link"]))}]
        try:
            with passkey.Client(**self.options) as client:
                if self.given.keys() & {"at_once", "cancel_at"}:
                    answers = asyncio.run(self.call_at_once(client))
                else:
                    method, _, _ = CALLS[self.given["call"]]
                    answers = [getattr(client, method)(*self.arguments())]
        except passkey.PasskeyError as error:
            answers = [error]
        return [self.came(answer) for answer in answers]

    async def call_at_once(self, client):
        return await asyncio.gather(
            *(self.call(client, number) for number in range(self.given.get("at_once", 1))),
            return_exceptions=True)

    async def call(self, client, number):
        """A call that is canceled at a step; or, when it tells none, once it has begun."""
        method, _, _ = CALLS[self.given["call"]]
        at, begun, named = self.given.get("cancel_at"), asyncio.Event(), {}
        if at and "on_progress" in inspect.signature(getattr(client, method)).parameters:
            named["on_progress"] = lambda step: step == at and begun.set()
        elif at:
            begun.set()
        task = asyncio.ensure_future(
            getattr(client, method + "_async")(*self.arguments(number), **named))
        if at:
            await asyncio.sleep(0)
            await begun.wait()
            task.cancel()
        return await task


@pytest.mark.parametrize("index", range(len(LIST["scenarios"])),
                         ids=lambda index: LIST["scenarios"][index]["name"])
def test_scenario(index, cloud, homes):
    scenario = Scenario(index, cloud, homes)
    assert scenario.given.keys() <= KEYS and scenario.expected.keys() <= EXPECTATIONS
    if "needs" in scenario.given and not NEEDS[scenario.given["needs"]]():
        pytest.skip(f"needs {scenario.given['needs']}")

    all_came = scenario.play()

    assert len(all_came) == scenario.given.get("at_once", 1)
    for came in all_came:
        for name, value in scenario.expected.items():
            if name == "findings":
                assert {check: came[name].get(check) for check in value} == value
            elif name in OBJECTS:
                assert {path: at_path(came[name], path) for path in value} == value
            else:
                assert came.get(name) == value, came
        if scenario.given["call"] == "bind" and "passkey" in came:
            last_bound["id"] = came["passkey"].id
