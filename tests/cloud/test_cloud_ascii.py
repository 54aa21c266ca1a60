# SPDX-License-Identifier: Apache-2.0
"""Answers are ASCII, whatever names are in them: the official JavaScript SDK 3.0.6
hangs on an answer with any other character."""
import urllib.parse

import pytest

from cloud import http

NAMES = ["Zoë", "日本語", "👩‍🚀", "߿ࠀ￿𐀀􏿿", "é" * 64, "plain"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_escaped_and_whole(cloud, name):
    identity = cloud.create_identity(display_name=name)
    answer = cloud.call("GET", cloud.path(identity["id"]))
    assert answer.raw.isascii() and answer.json["display_name"] == name
    _, url = cloud.create_job(identity["id"])
    path, token = urllib.parse.urlsplit(url).path, url.split("?token=")[1]
    info = cloud.call("POST", path.replace(":invokeAuthenticator", ":getInfo"), token=token)
    assert info.raw.isascii() and info.json["identity"]["display_name"] == name


@pytest.mark.parametrize("id, named", [
    ("%C3%A9", "é"), ("%F0%9F%91%A9", "👩"), ("%FF", None), ("%C3", None), ("%ED%A0%80", None), ("%E2%82x", None)])
def test_errors_too(cloud, id, named):
    answer = http("GET", cloud.api_base_url + cloud.path(id),
                  headers={"Authorization": f"Bearer {cloud.api_token}"})
    assert answer.status == 404 and answer.raw.isascii()
    if named:
        assert answer.json["details"][0]["id"] == named
