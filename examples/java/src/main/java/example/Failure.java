// SPDX-License-Identifier: Apache-2.0
package example;

import dev.libpasskey.PasskeyException;
import java.util.Map;
import java.util.Set;

/** What went wrong, as a person wants it told: what it means for them, what to do.
 *
 * @param error the library's, or null */
record Failure(int status, String title, String text, String hint, PasskeyException error) {
    private static final Map<String, String> TITLES = Map.ofEntries(
            Map.entry("link_expired", "This link has expired"),
            Map.entry("link_revoked", "This link was withdrawn"),
            Map.entry("conflict", "This link was used already"),
            Map.entry("unauthorized", "This link is not complete"),
            Map.entry("not_found", "This link is not known"),
            Map.entry("invalid_link", "This is not a whole passkey link"),
            Map.entry("unsupported_link", "This is another kind of link"),
            Map.entry("domain_not_allowed", "This link leads to a cloud that is not trusted here"),
            Map.entry("insecure_url", "This link is not safe to follow"),
            Map.entry("no_such_passkey", "There is no such passkey"),
            Map.entry("no_tpm", "This computer has no TPM to use"));
    private static final Set<String> NO_ANSWER = Set.of("network_error", "tls_error", "timeout",
            "server_error", "bad_response", "unexpected_status");

    /** Until there is a link, the person has done nothing wrong and can mend nothing. */
    private static final Set<String> FOR_THE_OPERATOR = Set.of("unauthorized", "forbidden",
            "not_found", "bad_request", "invalid_option", "domain_not_allowed", "insecure_url");
    private static final String TELL_THE_OPERATOR = "Tell whoever runs this application: its"
            + " settings (PASSKEY_…, IDENTITY_ID) do not suit the cloud.";

    /** path is what was asked for. */
    static Failure of(PasskeyException error, String path) {
        String code = error.code();
        boolean hasLink = path.equals("/bind");
        boolean isOperators = !hasLink && FOR_THE_OPERATOR.contains(code);
        String title = TITLES.getOrDefault(code, "The passkey could not be created");
        if (path.startsWith("/jobs/")) {
            title = "Nothing is known of this message";
        } else if (isOperators || (!hasLink && NO_ANSWER.contains(code))) {
            title = "The cloud gave no link";
        }
        return new Failure(isOperators ? 502 : statusOf(code), title, error.getMessage(),
                isOperators ? TELL_THE_OPERATOR : error.hint(), error);
    }

    private static int statusOf(String code) {
        return switch (code) {
            case "unauthorized", "invalid_link", "unsupported_link", "invalid_argument",
                    "bad_request" -> 400;
            case "domain_not_allowed", "insecure_url" -> 403;
            case "not_found", "no_such_passkey" -> 404;
            case "conflict" -> 409;
            case "link_expired", "link_revoked" -> 410;
            case "rate_limited" -> 503;
            default -> NO_ANSWER.contains(code) ? 502 : 500;
        };
    }
}
