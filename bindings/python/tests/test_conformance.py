# SPDX-License-Identifier: Apache-2.0
"""The scenarios that all languages share, tests/conformance/README.md."""
import dataclasses
import json
import os
import re
import uuid

import pytest

import passkey
from conftest import REPOSITORY

LIST = json.loads((REPOSITORY / "tests/conformance/scenarios.json").read_text())
RUN = uuid.uuid4().hex
KEYS = {"name", "call", "link", "options", "home", "needs", "expect"}
EXPECTATIONS = {"code", "http_status", "value", "passkey", "count"}
NEEDS = {"no /dev/tpmrm0": lambda: not os.path.exists("/dev/tpmrm0")}


def snake_case(name):
    return re.sub("[A-Z]", lambda letter: "_" + letter.group().lower(), name)


def at_path(value, path):
    for name in path.split("."):
        value = getattr(value, snake_case(name))
    return value


@pytest.fixture(scope="session")
def homes(tmp_path_factory):
    return tmp_path_factory.mktemp("homes")


def call(scenario, link, options):
    """What came of it, in the words of "expect"."""
    if scenario["call"] == "is_bind_passkey_url":
        return {"value": passkey.is_bind_passkey_url(link)}
    if scenario["call"] == "is_authenticate_url":
        return {"value": passkey.is_authenticate_url(link)}
    with passkey.Client(**options) as client:
        if scenario["call"] == "list":
            return {"code": "ok", "count": len(client.list_passkeys())}
        if scenario["call"] == "check":
            return {"code": "ok", "link": dataclasses.asdict(client.check(link))}
        assert scenario["call"] == "bind"
        return {"code": "ok", "passkey": client.bind_passkey(link).passkey}


@pytest.mark.parametrize("index", range(len(LIST["scenarios"])),
                         ids=lambda index: LIST["scenarios"][index]["name"])
def test_scenario(index, cloud, homes):
    scenario = LIST["scenarios"][index]
    expected = scenario["expect"]
    assert scenario.keys() <= KEYS and expected.keys() <= EXPECTATIONS
    if "needs" in scenario and not NEEDS[scenario["needs"]]():
        pytest.skip(f"needs {scenario['needs']}")

    def fill(text):
        home = homes / scenario.get("home", f"scenario-{index}")
        return (text.replace("{cloud}", cloud).replace("{id}", f"{RUN}{index}")
                .replace("{home}", str(home)))

    options = {**LIST["options"], **scenario.get("options", {})}
    link = fill(scenario.get("link", ""))
    try:
        came = call(scenario, link, {
            name: fill(value) for name, value in options.items() if value is not None})
    except passkey.PasskeyError as error:
        came = {"code": error.code, "http_status": error.http_status}
        assert f"tok-{RUN}" not in str(error) + repr(error) + repr(vars(error))

    for name, value in expected.items():
        if name == "passkey":
            assert {path: at_path(came["passkey"], path) for path in value} == value
        else:
            assert came.get(name) == value, came
