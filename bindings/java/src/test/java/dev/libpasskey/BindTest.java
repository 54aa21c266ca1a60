// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The calls and what they answer. */
class BindTest {
    @TempDir Path folder;
    private PasskeyClient client;

    @BeforeEach
    void open() throws Exception {
        client = MockCloud.client(folder.resolve("home")).build();
    }

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void aLinkBecomesAPasskey() throws Exception {
        BindResult result = client.bindPasskey(MockCloud.link("ok"));

        assertTrue(result.id().matches("[0-9a-f]{64}"));
        assertEquals(result.id(), result.passkey().id());
        assertEquals("https://app.example.com/done?x=1", result.postBindingRedirectUri());
        assertEquals(new Passkey.Tenant("mocktenant", "Mock Tenant"), result.passkey().tenant());
        assertEquals("u@example.com", result.passkey().identity().emailAddress());
        assertEquals(List.of(result.passkey()), client.listPasskeys());
        assertEquals(List.of(), client.listPasskeys().damaged());
    }

    @Test
    void namesBeyondTheBasicPlaneArriveWhole() throws Exception {
        Passkey.Identity identity =
                client.bindPasskey(MockCloud.link("emoji")).passkey().identity();

        assertEquals("Zoë 👩‍🚀", identity.displayName());
        assertEquals("zoë🚀", identity.username());
    }

    @Test
    void namesBeyondTheBasicPlaneAreSentWhole() throws Exception {
        Path home = folder.resolve("Schlüssel 🗝");

        try (PasskeyClient elsewhere = MockCloud.client(home).build()) {
            elsewhere.bindPasskey(MockCloud.link("ok"));
        }

        assertTrue(java.nio.file.Files.isDirectory(home));
    }

    @Test
    void aFailureSaysWhyAndWhatToDo() {
        PasskeyException error = assertThrows(PasskeyException.class,
                () -> client.bindPasskey(MockCloud.link("invoke-404")));

        assertEquals("not_found", error.code());
        assertEquals(OptionalInt.of(404), error.httpStatus());
        assertFalse(error.retryable());
        assertEquals("not_found: " + error.getMessage() + " (" + error.hint() + ")",
                error.toString());
    }

    @Test
    void aFailureMayBeWorthARetry() {
        PasskeyException error = assertThrows(PasskeyException.class,
                () -> client.bindPasskey(MockCloud.link("invoke-503")));

        assertTrue(error.retryable());
    }

    @Test
    void checkDescribesALinkWithoutItsToken() throws Exception {
        Link link = client.check(MockCloud.link("ok"));

        assertEquals("invokeAuthenticator", link.kind());
        assertEquals("mocktenant", link.tenantId());
        assertFalse(link.toString().contains("tok-"));
    }

    @Test
    void predicates() {
        assertTrue(PasskeyClient.isBindPasskeyUrl(MockCloud.link("ok")));
        assertFalse(PasskeyClient.isAuthenticateUrl(MockCloud.link("ok")));
        assertTrue(PasskeyClient.isAuthenticateUrl("https://h/bi-authenticate?request=x"));
    }

    @Test
    void infoSaysWhatABindWouldBindAndLeavesTheLinkUsable() throws Exception {
        String link = MockCloud.link("emoji");
        PasskeyInfo info = client.info(link);

        assertEquals("Zoë 👩‍🚀", info.identity().displayName());
        assertEquals("mockrealm", info.realm().id());
        assertEquals("https://example.com/light.png", info.theme().logoUrlLight());
        assertEquals("https://app.example.com/done?x=1", info.postBindingRedirectUri());
        assertEquals(info, client.infoAsync(link).get());
        assertTrue(client.listPasskeys().isEmpty());
        assertEquals(info.identity(), client.bindPasskey(link).passkey().identity());
    }

    @Test
    void aPasskeyIsFoundByItsIdAndDeletedForGood() throws Exception {
        Passkey passkey = client.bindPasskey(MockCloud.link("ok")).passkey();

        assertEquals(passkey, client.getPasskey(passkey.id()));
        assertEquals(passkey, client.getPasskeyAsync(passkey.id()).get());
        client.deletePasskey(passkey.id());
        client.deletePasskey(passkey.id());
        client.deletePasskeyAsync(passkey.id()).get();
        assertEquals(List.of(), client.listPasskeysAsync().get());
        assertEquals("no_such_passkey", assertThrows(PasskeyException.class,
                () -> client.getPasskey(passkey.id())).code());
    }

    @Test
    void asynchronousBindsRunSideBySide() {
        List<CompletableFuture<BindResult>> binds = Stream.generate(() -> "slow-300-invoke").limit(3)
                .map(MockCloud::link).map(client::bindPasskeyAsync).toList();

        assertEquals(3, binds.stream().map(CompletableFuture::join)
                .map(result -> result.passkey().passkeyId()).distinct().count());
    }

    @Test
    void anAsynchronousFailureIsThrownByTheFuture() {
        CompletableFuture<BindResult> bind = client.bindPasskeyAsync(MockCloud.link("info-403"));

        ExecutionException error = assertThrows(ExecutionException.class, bind::get);
        assertEquals("forbidden",
                assertInstanceOf(PasskeyException.class, error.getCause()).code());
    }
}
