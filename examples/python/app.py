# SPDX-License-Identifier: Apache-2.0
"""A web application that sets up passkeys for the computer it runs on.

    /               two ways to a passkey, and those that are there
    POST /link      Method 1: the back end gets a link and binds it
    POST /email     Method 2: the cloud sends the link to the identity's address
    /bind           Method 2: the cloud leads the browser here with the link
    /jobs/ID        what has become of the link that was sent
    /passkeys/ID    a passkey

README.md says how to run it. The library reads its own options (PASSKEY_…)
from the environment; the API token is among them and stays in this process.
"""
import os
import sys

import passkey
import waitress
from flask import Flask, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from errors import describe
from guard import guard, navigation_only, same_origin_only

POLICY = ("default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
          "frame-ancestors 'none'")


class ForeignLink(Exception):
    """A link that somebody made for another identity."""


def create_app(client, identity_id, origin):
    """identity_id is whose passkeys these are. Here it is a setting; where people
    sign in, it is theirs, and never what a form or a link says."""
    app = Flask(__name__)
    guard(app, origin)

    @app.get("/")
    def index():
        passkeys = client.list_passkeys()
        return render_template("index.html", identity_id=identity_id, passkeys=passkeys)

    @app.post("/link")
    @same_origin_only
    def link():
        job = client.create_job(identity_id)
        result = client.bind_passkey(job.link)
        return redirect(url_for("show", id=result.id), 303)

    @app.post("/email")
    @same_origin_only
    def email():
        job = client.create_job(identity_id, "EMAIL")
        return redirect(url_for("sent", id=job.id), 303)

    @app.get("/bind")
    @navigation_only
    def bind():
        # As it came, nothing decoded: the library reads it.
        link = f"{origin}/bind?{request.environ['QUERY_STRING']}"
        if client.check(link).identity_id != identity_id:
            raise ForeignLink
        result = client.bind_passkey(link)
        return redirect(url_for("show", id=result.id), 303)

    @app.get("/jobs/<id>")
    def sent(id):
        return render_template("job.html", job=client.get_job(identity_id, id))

    @app.get("/passkeys/<id>")
    def show(id):
        return render_template("passkey.html", passkey=client.get_passkey(id))

    @app.errorhandler(passkey.PasskeyError)
    def failed(error):
        page = describe(error, request.endpoint)
        return render_template("error.html", error=error, **page), page["status"]

    @app.errorhandler(ForeignLink)
    def foreign(_):
        return render_template(
            "error.html", error=None, title="This link is for somebody else",
            message="It would create a passkey for another identity than yours.",
            hint="Nothing was done with it. Open the link of the message that was sent to you."), 403

    @app.errorhandler(HTTPException)
    def refused(error):
        answer = error.get_response()
        title = "Nothing is here" if error.code == 404 else "This is not taken"
        answer.data = render_template("error.html", error=None, title=title, message="",
                                      hint=error.description)
        return answer

    @app.after_request
    def protect(answer):
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["X-Content-Type-Options"] = "nosniff"
        # Other sites are not told where somebody was; our forms still say Origin.
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return app


def main():
    port = int(os.environ.get("PORT", "8092"))
    origin = os.environ.get("ORIGIN") or f"http://127.0.0.1:{port}"
    identity_id = os.environ.get("IDENTITY_ID") or sys.exit("set IDENTITY_ID: whose passkeys to set up")
    with passkey.Client() as client:
        # waitress writes no log of requests: the query of /bind is a secret.
        server = waitress.create_server(create_app(client, identity_id, origin),
                                        host="127.0.0.1", port=port)
        print(f"ready: {origin}", flush=True)
        server.run()


if __name__ == "__main__":
    main()
