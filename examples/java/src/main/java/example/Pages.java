// SPDX-License-Identifier: Apache-2.0
package example;

import dev.libpasskey.Job;
import dev.libpasskey.Passkey;
import dev.libpasskey.PasskeyList;
import java.util.List;
import java.util.stream.Collectors;

/** The pages, as HTML. What is put into them goes through {@link #fill}, which escapes it. */
final class Pages {
    private Pages() {}

    private static String escape(String text) {
        return text == null ? "" : text.replace("&", "&amp;").replace("<", "&lt;")
                .replace(">", "&gt;").replace("\"", "&quot;").replace("'", "&#39;");
    }

    /** The template with a text in the place of each %s. */
    private static String fill(String template, String... texts) {
        Object[] escaped = List.of(texts).stream().map(Pages::escape).toArray();
        return template.formatted(escaped);
    }

    private static String page(String title, String... parts) {
        return fill("""
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <title>%s</title>
                <link rel="stylesheet" href="/style.css">
                </head>
                <body>
                <main>
                <h1>%s</h1>
                """, title, title) + String.join("", parts) + """
                </main>
                </body>
                </html>
                """;
    }

    private static String either(String name, String id) {
        return name == null || name.isEmpty() ? id : name;
    }

    static String start(String identityId, PasskeyList passkeys) {
        return page("Passkeys of this computer", fill("""
                <p>A passkey is a private key that stays in this computer's TPM. The
                cloud knows its public half.</p>
                <p class="beside">Identity: <code>%s</code></p>
                <h2>Create it now</h2>
                <p>The application asks the cloud for a link and uses it at once.</p>
                <form method="post" action="/link"><button>Create a passkey</button></form>
                <h2>Get a message first</h2>
                <p>The cloud sends a link to your address. It works when it is opened on this
                computer.</p>
                <form method="post" action="/email"><button>Send me the link</button></form>
                <h2>What is here</h2>
                """, identityId), list(passkeys), passkeys.damaged().stream()
                .map(record -> fill("<p>This record cannot be read: %s</p>\n", record))
                .collect(Collectors.joining()));
    }

    private static String list(List<Passkey> passkeys) {
        if (passkeys.isEmpty()) {
            return "<p>No passkey yet.</p>\n";
        }
        return passkeys.stream().map(each -> fill("""
                <li><a href="/passkeys/%s">%s</a> <small>%s</small></li>
                """, each.id(), either(each.identity().displayName(), each.identity().id()),
                either(each.realm().displayName(), each.realm().id())))
                .collect(Collectors.joining("", "<ul>\n", "</ul>\n"));
    }

    static String passkey(Passkey passkey) {
        Passkey.Identity identity = passkey.identity();
        return page("Your passkey is ready", fill("""
                <p>It was created on this computer, for this account:</p>
                <dl>
                <dt>Identity</dt><dd>%s <small>%s</small></dd>
                <dt>Realm</dt><dd>%s</dd>
                <dt>Tenant</dt><dd>%s</dd>
                <dt>Private key</dt><dd>%s</dd>
                <dt>Thumbprint</dt><dd><code>%s</code></dd>
                </dl>
                <p><a href="/">All passkeys of this computer</a></p>
                """, either(identity.displayName(), identity.id()),
                either(identity.emailAddress(), identity.username()),
                either(passkey.realm().displayName(), passkey.realm().id()),
                either(passkey.tenant().displayName(), passkey.tenant().id()),
                protection(passkey.protection()), passkey.thumbprint()));
    }

    private static String protection(String protection) {
        return switch (protection) {
            case "hardware" -> "In this computer's TPM, a security chip. It cannot leave it.";
            case "swtpm" -> "In a software TPM, for development only. Whoever can read your files"
                    + " can take it.";
            default -> "In a TPM that does not say what it is.";
        };
    }

    static String job(Job job) {
        String[] words = wordsFor(job.state());
        String until = job.expireTime() == null ? "" : fill("""
                <p>The link works until <time datetime="%s">%s</time>.</p>
                """, job.expireTime(), job.expireTime());
        return page(words[0], fill("<p>%s</p>\n", words[1]), until, fill("""
                <p><a href="/jobs/%s">Look again</a> · <a href="/">Back to the start</a></p>
                """, job.id()));
    }

    private static String[] wordsFor(String state) {
        return switch (state) {
            case "LINK_SENT" -> new String[] {"A message is on its way",
                "Open the link in it on this computer, in this browser."};
            case "LINK_OPENED", "REQUEST_DELIVERED" -> new String[] {"The link was opened",
                "If no passkey came of it, open the link once more."};
            case "COMPLETE" -> new String[] {"The link has made its passkey",
                "There is nothing left to do with the message."};
            case "EXPIRED" -> new String[] {"The link has expired", "Ask for another one."};
            case "REVOKED" -> new String[] {"The link was withdrawn", "Ask for another one."};
            case "FAILED_TO_SEND" -> new String[] {"The message could not be sent",
                "The address of this identity may be wrong. Tell whoever manages it."};
            default -> new String[] {"The link is " + state, ""};
        };
    }

    static String failure(Failure failure) {
        String text = failure.text().isEmpty() ? "" : fill("<p>%s</p>\n", failure.text());
        String again = failure.error() != null && failure.error().retryable()
                ? "<p>Nothing is lost: the same may be tried again.</p>\n" : "";
        return page(failure.title(), text, fill("<h2>What to do</h2>\n<p>%s</p>\n", failure.hint()),
                again, "<p><a href=\"/\">Back to the start</a></p>\n", reference(failure));
    }

    private static String reference(Failure failure) {
        if (failure.error() == null) {
            return "";
        }
        return fill("<p class=\"reference\">Error: <code>%s</code>", failure.error().code())
                + failure.error().technicalCause().map(it -> fill("<br>Cause: %s", it)).orElse("")
                + failure.error().correlationId().map(it -> fill("<br>Reference: %s", it)).orElse("")
                + "</p>\n";
    }
}
