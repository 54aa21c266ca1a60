# SPDX-License-Identifier: Apache-2.0
"""The message that takes a link to a person, at a real SMTP server."""
import email
import email.header
import email.utils
import os
import time

import pytest
from mail_server import MailServer

from mailing import SENDER, as_link, create, link_of, options, part, refuse, serving


# ------------------------------------------------------------------- message

@pytest.fixture(scope="module")
def server():
    with MailServer() as running:
        yield running


@pytest.fixture(scope="module")
def mailing(database, server):
    with serving(*options(server)) as cloud:
        yield cloud


def send(mailing, server, **identity):
    job, identity = create(mailing, **identity)
    number = len(server.received) + 1
    return job, identity, server.wait(number)[-1]


def test_message(mailing, server):
    before = time.time()
    job, identity, received = send(mailing, server, display_name="Ada Lovelace")
    message = received.message
    address = identity["traits"]["primary_email_address"]
    assert received.sender == SENDER and received.recipients == [address]
    assert message["From"].addresses[0].addr_spec == SENDER
    assert [a.addr_spec for a in message["To"].addresses] == [address]
    assert message["To"].addresses[0].display_name == "Ada Lovelace"
    assert message["Subject"] == "Set up your passkey for Local Realm"
    assert message["Message-ID"] == f"<passkey.{job['id']}@mail.example>"
    assert message["Auto-Submitted"] == "auto-generated" and message["MIME-Version"] == "1.0"
    date = email.utils.parsedate_to_datetime(message["Date"])
    assert date.utcoffset() is not None and abs(date.timestamp() - before) < 30
    assert message.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects and not [p.defects for p in message.walk() if p.defects]


def test_every_line_is_of_a_message(mailing, server):
    raw = send(mailing, server, display_name="Çelik " * 10)[2].raw
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0
    head, body = raw.split(b"\r\n\r\n", 1)
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))
    assert all(len(line) <= 998 for line in body.split(b"\r\n")) and raw.isascii()


def test_both_parts_say_the_same(mailing, server):
    _, _, received = send(mailing, server, display_name="Ada Lovelace")
    text, html = part(received.message, "plain"), part(received.message, "html")
    link = link_of(received.message)
    for said in text, html:
        assert "Ada Lovelace" in said and "Local Realm" in said and " UTC" in said
    assert html.count(f'href="{link}"') == 2 and f">{link}</a>" in html
    assert "<script" not in html and html.startswith("<!DOCTYPE html>")


def test_the_link_works(mailing, server):
    job, _, received = send(mailing, server)
    link = as_link(mailing, job, link_of(received.message))
    clicked = link.invoke("text/html")
    assert clicked.status == 302
    assert clicked.headers["Location"].startswith("http://127.0.0.1:8092/bind?api_base_url=")
    assert link.state == "LINK_OPENED"
    assert link.get_info().status == 200 and link.state == "REQUEST_DELIVERED"
    assert link.bind().status == 200 and link.state == "COMPLETE"


def display_name(raw, field):
    """Python's newer parser leaves spaces between encoded words (RFC 2047, 6.2); the older
    one does not."""
    words = email.utils.parseaddr(email.message_from_bytes(raw)[field])[0]
    return str(email.header.make_header(email.header.decode_header(words)))


@pytest.mark.sqlite
@pytest.mark.parametrize("name", [
    "Zoë Ünsal", "山田 太郎", "a, b", "Dr. Who", "-'_", "Ada (home) @ example.com", '"', "é" * 64,
    "👩‍💻" * 16, "  two  spaces ", "Ada\u2028Bcc", "Tom & Jerry", "A" * 64, "0"])
def test_display_names(mailing, server, name):
    _, identity, received = send(mailing, server, display_name=name)
    message = received.message
    assert [a.addr_spec for a in message["To"].addresses] == [
        identity["traits"]["primary_email_address"]]
    assert display_name(received.raw, "To") == name
    assert set(message.keys()) == {"Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted",
                                   "MIME-Version", "Content-Type"}
    assert f"Hello {name}," in part(message, "plain")
    assert name.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#39;") in part(
        message, "html")


@pytest.mark.sqlite
@pytest.mark.parametrize("address", [
    "x@localhost", "first.last+tag@sub.example.com", "o'neil@example.com",
    "!#$%&'*+-/=?^_`{|}~@example.com", "a" * 64 + "@example.com"])
def test_addresses(mailing, server, address):
    assert send(mailing, server, email=address)[2].recipients == [address]


# ---------------------------------------------------------------- no message

@pytest.mark.sqlite
@pytest.mark.parametrize("address", [
    "jürgen@example.com", "x@exämple.com", ".x@example.com", "x.@example.com", "x..y@example.com",
    "x@example..com", "x@.example.com", "x@[127.0.0.1]", "x@example_1.com", "x\\y@example.com",
    "a" * 65 + "@example.com"])
def test_an_address_that_mail_cannot_reach(mailing, address):
    identity = mailing.create_identity(email=address)
    answer = refuse(mailing, identity["id"])
    assert answer.status == 422 and answer.code == "unprocessable_entity"
    assert answer.json["details"][0]["resource_type"] == "Identity"
    assert address not in answer.text
    assert mailing.call("GET", mailing.path(identity["id"], "credential-binding-jobs")).json[
        "total_size"] == 0


@pytest.mark.parametrize("traits", [{}, {"primary_email_address": None}])
def test_no_address(mailing, traits):
    name = f"nobody-{os.urandom(4).hex()}"
    identity = mailing.call("POST", mailing.realm_path + "/identities", {
        "identity": {"display_name": name,
                     "traits": {"type": "traits_v0", "username": name, **traits}}}).json
    answer = refuse(mailing, identity["id"])
    text = "Identity missing email address"
    assert answer.status == 422
    assert answer.json == {"code": "unprocessable_entity", "message": text, "details": [
        {"type": "ResourceInfo", "resource_type": "Identity", "id": identity["id"],
         "description": text}]}


# ----------------------------------------------------------------------- theme

def test_theme(mailing, server):
    """A hostile theme at that: what can be in it is written as text."""
    theme = {"email_realm_name": "Åcme & <Söhne>", "button_color": "#0a0B0c",
             "button_text_color": "#fed", "support_url": "https://help.example/?a=1&b=2",
             "logo_url_light": "https://img.example/light.png",
             "logo_url_dark": "https://img.example/dark.png"}
    path = mailing.realm_path + "/themes/active"
    before = mailing.call("GET", path).json
    answer = mailing.call("PATCH", path, {"theme": theme})
    assert answer.status == 200, answer
    try:
        message = send(mailing, server)[2].message
    finally:
        mailing.call("PATCH", path, {"theme": {name: before.get(name, "") for name in theme}})
    text, html = part(message, "plain"), part(message, "html")
    assert message["Subject"] == "Set up your passkey for Åcme & <Söhne>"
    assert message["From"].addresses[0].display_name == "Åcme & <Söhne>"
    assert "Åcme & <Söhne>" in text and "Help: https://help.example/?a=1&b=2\n" in text
    assert "Åcme &amp; &lt;Söhne&gt;" in html and "<Söhne>" not in html
    for expected in ("background: #0a0B0c", "color: #fed", 'href="https://help.example/?a=1&amp;b=2"',
                     'src="https://img.example/light.png"', 'srcset="https://img.example/dark.png"'):
        assert expected in html
