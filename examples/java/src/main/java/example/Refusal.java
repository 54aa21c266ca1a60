// SPDX-License-Identifier: Apache-2.0
package example;

/** Why this application does not do what it was asked for. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Failure page;

    Refusal(int status, String hint) {
        this(status, "This is not taken", "", hint);
    }

    Refusal(int status, String title, String text, String hint) {
        super(title);
        page = new Failure(status, title, text, hint, null);
    }

    Failure page() {
        return page;
    }
}
