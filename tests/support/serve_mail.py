# SPDX-License-Identifier: Apache-2.0
"""The SMTP server of mail_server.py for tests in other languages: prints its URL,
then each message that it has received, one JSON line each. Ends with its stdin."""
import json
import sys
import threading

from mail_server import MailServer


def part(message, kind):
    found = message.get_body((kind,))
    return found.get_content() if found else None


def report(server):
    number = 0
    while True:
        number += 1
        received = server.wait(number)[number - 1]
        print(json.dumps({"recipients": received.recipients, "subject": received.message["subject"],
                          "html": part(received.message, "html"), "text": part(received.message, "plain")}),
              flush=True)


with MailServer() as server:
    print(json.dumps({"url": server.url}), flush=True)
    threading.Thread(target=report, args=(server,), daemon=True).start()
    sys.stdin.read()
