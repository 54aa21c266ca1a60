// SPDX-License-Identifier: Apache-2.0
package example;

import dev.libpasskey.BindResult;
import dev.libpasskey.Job;
import dev.libpasskey.PasskeyClient;
import dev.libpasskey.PasskeyException;
import io.javalin.Javalin;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.javalin.http.NotFoundResponse;
import java.io.IOException;
import java.io.InputStream;

/** A web application that sets up passkeys for the computer it runs on.
 *
 * <pre>
 *     /               two ways to a passkey, and those that are there
 *     POST /link      Method 1: the back end gets a link and binds it
 *     POST /email     Method 2: the cloud sends the link to the identity's address
 *     /bind           Method 2: the cloud leads the browser here with the link
 *     /jobs/ID        what has become of the link that was sent
 *     /passkeys/ID    a passkey
 * </pre>
 *
 * README.md says how to run it. The library reads its own options (PASSKEY_…) from the
 * environment; the API token is among them and stays in this process. */
public final class App {
    private static final String POLICY = "default-src 'none'; style-src 'self'; form-action 'self';"
            + " base-uri 'none'; frame-ancestors 'none'";

    private final PasskeyClient client;
    private final String identityId;
    private final String origin;
    private final Guard guard;

    /** identityId is whose passkeys these are. Here it is a setting; where people sign in,
     * it is theirs, and never what a form or a link says. */
    App(PasskeyClient client, String identityId, String origin) {
        this.client = client;
        this.identityId = identityId;
        this.origin = origin;
        this.guard = new Guard(origin);
    }

    Javalin create() {
        return Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            addRoutes(config.routes);
        });
    }

    private void addRoutes(RoutesConfig routes) {
        routes.before(App::protect);
        routes.before(guard::ownHostOnly);
        routes.before("/link", guard::sameOriginOnly);
        routes.before("/email", guard::sameOriginOnly);
        routes.before("/bind", guard::navigationOnly);

        routes.get("/", this::start);
        routes.get("/style.css", App::style);
        routes.post("/link", this::link);
        routes.post("/email", this::email);
        routes.get("/bind", this::bind);
        routes.get("/jobs/{id}", this::job);
        routes.get("/passkeys/{id}", this::passkey);

        routes.exception(PasskeyException.class, (error, request) ->
                answer(request, Failure.of(error, request.path())));
        routes.exception(Refusal.class, (refusal, request) -> answer(request, refusal.page()));
        routes.exception(NotFoundResponse.class, (none, request) -> answer(request,
                new Failure(404, "Nothing is here", "", "Go back to the start.", null)));
    }

    private void start(Context request) throws PasskeyException, InterruptedException {
        request.html(Pages.start(identityId, client.listPasskeys()));
    }

    private void link(Context request) throws PasskeyException, InterruptedException {
        Job job = client.createJob(identityId, "RETURN", null);
        BindResult result = client.bindPasskey(job.link());
        request.redirect("/passkeys/" + result.id(), HttpStatus.SEE_OTHER);
    }

    private void email(Context request) throws PasskeyException, InterruptedException {
        Job job = client.createJob(identityId, "EMAIL", null);
        request.redirect("/jobs/" + job.id(), HttpStatus.SEE_OTHER);
    }

    private void bind(Context request) throws PasskeyException, InterruptedException {
        // As it came, nothing decoded: the library reads it.
        String query = request.queryString();
        String link = origin + "/bind" + (query == null ? "" : "?" + query);
        if (!identityId.equals(client.check(link).identityId())) {
            throw new Refusal(403, "This link is for somebody else",
                    "It would create a passkey for another identity than yours.",
                    "Nothing was done with it. Open the link of the message that was sent to you.");
        }
        BindResult result = client.bindPasskey(link);
        request.redirect("/passkeys/" + result.id(), HttpStatus.SEE_OTHER);
    }

    private void job(Context request) throws PasskeyException, InterruptedException {
        request.html(Pages.job(client.getJob(identityId, request.pathParam("id"))));
    }

    private void passkey(Context request) throws PasskeyException, InterruptedException {
        request.html(Pages.passkey(client.getPasskey(request.pathParam("id"))));
    }

    private static void style(Context request) throws IOException {
        try (InputStream style = App.class.getResourceAsStream("/style.css")) {
            request.contentType("text/css; charset=utf-8").result(style.readAllBytes());
        }
    }

    private static void answer(Context request, Failure failure) {
        request.status(failure.status()).html(Pages.failure(failure));
    }

    private static void protect(Context request) {
        request.header("Content-Security-Policy", POLICY);
        request.header("X-Content-Type-Options", "nosniff");
        // Other sites are not told where somebody was; our forms still say Origin.
        request.header("Referrer-Policy", "same-origin");
        request.header("Cache-Control", "no-store");
    }

    public static void main(String[] arguments) throws PasskeyException {
        String port = System.getenv().getOrDefault("PORT", "8092");
        String origin = System.getenv().getOrDefault("ORIGIN", "http://127.0.0.1:" + port);
        String identityId = System.getenv("IDENTITY_ID");
        if (identityId == null) {
            System.err.println("set IDENTITY_ID: whose passkeys to set up");
            System.exit(1);
        }
        new App(new PasskeyClient(), identityId, origin).create()
                .start("127.0.0.1", Integer.parseInt(port));
        System.out.println("ready: " + origin);
    }
}
