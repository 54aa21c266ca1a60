# SPDX-License-Identifier: Apache-2.0
"""What went wrong, as a person wants it told: what it means for them, what to do."""

TITLES = {
    "link_expired": "This link has expired",
    "link_revoked": "This link was withdrawn",
    "conflict": "This link was used already",
    "unauthorized": "This link is not complete",
    "not_found": "This link is not known",
    "invalid_link": "This is not a whole passkey link",
    "unsupported_link": "This is another kind of link",
    "domain_not_allowed": "This link leads to a cloud that is not trusted here",
    "insecure_url": "This link is not safe to follow",
    "no_such_passkey": "There is no such passkey",
    "no_tpm": "This computer has no TPM to use",
}
STATUS = {"link_expired": 410, "link_revoked": 410, "conflict": 409, "not_found": 404,
          "no_such_passkey": 404, "rate_limited": 503, "domain_not_allowed": 403, "insecure_url": 403}
LINK_FAULTS = ("unauthorized", "invalid_link", "unsupported_link", "invalid_argument", "bad_request")
NO_ANSWER = ("network_error", "tls_error", "timeout", "server_error", "bad_response", "unexpected_status")

# Until there is a link, the person has done nothing wrong and can mend nothing.
FOR_THE_OPERATOR = ("unauthorized", "forbidden", "not_found", "bad_request", "invalid_option",
                    "domain_not_allowed", "insecure_url")


def status_of(code):
    if code in LINK_FAULTS:
        return 400
    return 502 if code in NO_ANSWER else STATUS.get(code, 500)


def describe(error, endpoint):
    """title, message, hint and status of the page; endpoint is what was asked for."""
    page = {"title": TITLES.get(error.code, "The passkey could not be created"),
            "message": error.message, "hint": error.hint, "status": status_of(error.code)}
    if endpoint == "sent":
        page["title"] = "Nothing is known of this message"
    elif endpoint != "bind" and error.code in (*FOR_THE_OPERATOR, *NO_ANSWER):
        page["title"] = "The cloud gave no link"
    if endpoint in ("link", "email", "sent") and error.code in FOR_THE_OPERATOR:
        page["status"] = 502
        page["hint"] = ("Tell whoever runs this application: its settings (PASSKEY_…, IDENTITY_ID) "
                        "do not suit the cloud.")
    return page
