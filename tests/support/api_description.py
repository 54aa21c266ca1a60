# SPDX-License-Identifier: Apache-2.0
"""The description of the cloud's API, and what its tests need to know of it."""
import copy
import json
import re

from cloud import REPOSITORY

PATH = REPOSITORY / "cloud" / "openapi" / "openapi.json"
ROUTES = REPOSITORY / "cloud" / "route.c"
METHODS = ("get", "post", "patch", "delete", "options")


def read():
    return json.loads(PATH.read_text())


def operations(description):
    """(path, method, operation) of all of them."""
    return [(path, method, item[method])
            for path, item in description["paths"].items() for method in METHODS if method in item]


def resolved(description, part):
    """The part without references."""
    if isinstance(part, list):
        return [resolved(description, each) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        target = description
        for name in part["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        return resolved(description, target)
    return {name: resolved(description, each) for name, each in part.items()}


def _closed(schema):
    """The schema, which now has no room for members that it does not name."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(each) for name, each in schema.items()}
    if "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


def strict(description):
    """The description, which now leaves no room for members of answers that it does
    not name: published, it does, so that clients ignore what is new."""
    description = copy.deepcopy(description)
    for _, _, operation in operations(description):
        answers = resolved(description, operation["responses"])
        for answer in answers.values():
            for content in answer.get("content", {}).values():
                content["schema"] = _closed(content["schema"])
        operation["responses"] = answers
    return description


class Route:
    def __init__(self, method, path, kind, scopes):
        self.method, self.path, self.kind, self.scopes = method.lower(), path, kind, scopes


def _strings(text, names):
    """A C expression of string literals and macros that are such, as one text."""
    parts = re.findall(r'"([^"]*)"|(\w+)', text)
    return "".join(_strings(names[name], names) if name else literal for literal, name in parts)


def routes():
    """The route table of the server."""
    source = ROUTES.read_text().replace("\\\n", " ")
    names = dict(re.findall(r"^#define (\w+) +(.+)$", source, re.M))
    table = source.split("routes[] = {")[1].split("\n};")[0]
    found = re.findall(r'\{"([A-Z]+)",\s*([^,]+),\s*(API|LINK|OPEN)\(([^)]*)\)\}', table)
    assert len(found) == table.count("{\""), "a route that cannot be read"
    return [Route(method, _strings(path, names), kind,
                  _strings(handler.rsplit(",", 1)[0], names).split() if kind == "API" else [])
            for method, path, kind, handler in found]
