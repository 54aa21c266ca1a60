// SPDX-License-Identifier: Apache-2.0
package example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.libpasskey.PasskeyClient;
import io.javalin.Javalin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The application without a cloud: who may ask, and what is said when it fails. The library
 * is the real one; its store is empty and nobody answers for the cloud. */
class AppTest {
    private static final String ORIGIN = "http://127.0.0.1:8092";
    private static final String OURS = "Sec-Fetch-Site: same-origin";
    private static final String NAVIGATION =
            "Sec-Fetch-Mode: navigate|Sec-Fetch-Dest: document|Sec-Fetch-Site: cross-site";

    @TempDir Path folder;
    private String nobody;
    private PasskeyClient client;
    private Javalin server;

    @BeforeEach
    void start() throws Exception {
        nobody = "http://localhost:" + closedPort();
        client = PasskeyClient.builder().home(folder.resolve("store")).tpm("swtpm")
                .allowedDomains(List.of("localhost")).allowLoopbackHttp(true)
                .options(Map.of("api_base_url", nobody, "tenant", "t", "realm", "r",
                        "authenticator_config", "a", "api_token", "secret-of-the-api"))
                .build();
        server = new App(client, "me", ORIGIN).create().start("127.0.0.1", 0);
    }

    @AfterEach
    void stop() {
        server.stop();
        client.close();
    }

    /** Where nobody listens. */
    private static int closedPort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    private String link(String api, String identity) {
        return "/bind?api_base_url=" + api + "&tenant_id=t&realm_id=r&identity_id=" + identity
                + "&job_id=j&token=secret-of-the-link";
    }

    /** headers are "Name: value", separated by |; of two with one name the last counts. */
    private HttpResponse<String> ask(String method, String target, String headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest
                .newBuilder(URI.create("http://127.0.0.1:" + server.port() + target))
                .method(method, BodyPublishers.noBody()).setHeader("Host", "127.0.0.1:8092");
        for (String header : headers.split("\\|")) {
            String[] parts = header.split(": ?", 2);
            if (!header.isEmpty()) {
                request.setHeader(parts[0], parts[1]);
            }
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    private static void assertSays(HttpResponse<String> page, int status, String... words) {
        assertEquals(status, page.statusCode(), page.body());
        for (String word : words) {
            assertTrue(page.body().contains(word), word + " in " + page.body());
        }
        assertFalse(page.body().contains("secret-of"));
    }

    @Test
    void theStartOffersBothWays() throws Exception {
        HttpResponse<String> page = ask("GET", "/", "");

        assertSays(page, 200, "action=\"/link\"", "action=\"/email\"", "No passkey yet");
        assertTrue(page.headers().firstValue("Content-Security-Policy").orElseThrow()
                .startsWith("default-src 'none'"));
        assertSays(ask("GET", "/style.css", ""), 200, "color-scheme");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/link", "/email"})
    void aCloudThatCannotBeReachedIsExplained(String target) throws Exception {
        assertSays(ask("POST", target, OURS), 502, "The cloud gave no link", "What to do",
                "may be tried again", "network_error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site",
        "Sec-Fetch-Site: none", "Origin: http://127.0.0.1:8093", "Origin: null",
        "Sec-Fetch-Site: cross-site|Origin: " + ORIGIN})
    void aFormOfAnotherSiteIsRefused(String headers) throws Exception {
        assertEquals(403, ask("POST", "/link", headers).statusCode());
        assertEquals(403, ask("POST", "/email", headers).statusCode());
        assertEquals(403, ask("POST", "/link/", headers).statusCode());
    }

    @Test
    void anOldBrowserSaysByOriginWhoseFormItIs() throws Exception {
        assertEquals(502, ask("POST", "/link", "Origin: " + ORIGIN).statusCode());
    }

    @Test
    void aNavigationBinds() throws Exception {
        assertSays(ask("GET", link(nobody, "me"), NAVIGATION), 502, "network_error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Sec-Fetch-Dest: iframe", "Sec-Fetch-Dest: image|Sec-Fetch-Mode: no-cors",
        "Sec-Fetch-Mode: cors|Sec-Fetch-Dest: empty", "Origin: http://evil.test",
        "Sec-Purpose: prefetch", "Sec-Fetch-Mode: |Sec-Fetch-Dest: "})
    void nothingButANavigationBinds(String headers) throws Exception {
        assertSays(ask("GET", link(nobody, "me"), NAVIGATION + "|" + headers), 403,
                "Nothing was done with it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "HEAD", "PUT"})
    void noOtherMethodBinds(String method) throws Exception {
        assertEquals(405, ask(method, link(nobody, "me"), NAVIGATION).statusCode());
    }

    @ParameterizedTest
    @CsvSource({"GET,/", "GET,/bind", "POST,/link", "GET,/style.css"})
    void anotherNameForThisMachineIsRefused(String method, String target) throws Exception {
        assertEquals(421, ask(method, target, NAVIGATION + "|" + OURS + "|Host: rebound.test:8092")
                .statusCode());
    }

    @Test
    void aLinkForSomebodyElseIsRefused() throws Exception {
        assertSays(ask("GET", link(nobody, "you"), NAVIGATION), 403, "for somebody else");
    }

    @ParameterizedTest
    @CsvSource({"/bind,400,invalid_link", "/bind?token=x,400,invalid_link"})
    void aLinkThatIsNoneIsExplained(String target, int status, String code) throws Exception {
        assertSays(ask("GET", target, NAVIGATION), status, "What to do", code);
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.test", "http://127.0.0.1:1"})
    void aCloudThatIsNotAllowedIsExplained(String api) throws Exception {
        assertSays(ask("GET", link(api, "me"), NAVIGATION), 403, "What to do", "domain_not_allowed");
    }

    @Test
    void aPasskeyThatIsNotThere() throws Exception {
        assertSays(ask("GET", "/passkeys/abc", ""), 404, "There is no such passkey");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/passkeys/%3Cb%3Ex", "/%3Cb%3E"})
    void whatIsAskedForIsNeverHtml(String target) throws Exception {
        HttpResponse<String> page = ask("GET", target, "");

        assertTrue(page.statusCode() >= 400 && page.statusCode() < 500);
        assertFalse(page.body().contains("<b>"));
    }
}
