# SPDX-License-Identifier: Apache-2.0
"""Who may ask for what: no page of another site can make this application act.

Browsers say in Sec-Fetch-… and Origin where a request comes from, and no page can
change that. It needs neither cookies nor hidden fields.
"""
import functools
from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import Forbidden, MethodNotAllowed, MisdirectedRequest

AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")  # a fetch nobody has asked for yet


def guard(app, origin):
    app.config["ORIGIN"] = origin
    host = urlsplit(origin).netloc

    @app.before_request
    def own_host_only():
        """Another name for this machine was made by somebody else (DNS rebinding)."""
        if request.headers.get("Host") != host:
            raise MisdirectedRequest(f"This application is at {origin}/ only.")


def same_origin_only(view):
    """For forms: only those of our own pages."""

    @functools.wraps(view)
    def guarded(**arguments):
        site = request.headers.get("Sec-Fetch-Site")
        own = (site == "same-origin" if site else
               request.headers.get("Origin") == current_app.config["ORIGIN"])
        if not own:
            raise Forbidden("Only a form of this application may ask for this.")
        return view(**arguments)

    return guarded


def navigation_only(view):
    """For the cloud's redirect: only what a browser sends when it takes a person to
    a page. No frame, image, script or form, and nothing fetched ahead."""

    @functools.wraps(view)
    def guarded(**arguments):
        headers = request.headers
        if request.method != "GET":
            raise MethodNotAllowed(["GET"])
        if (headers.get("Sec-Fetch-Mode") != "navigate" or headers.get("Sec-Fetch-Dest") != "document"
                or "Origin" in headers or any(name in headers for name in AHEAD)):
            raise Forbidden("Open the link itself, in a current browser: it is not to be used by "
                            "another page. Nothing was done with it.")
        return view(**arguments)

    return guarded
