// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.lang.System.Logger;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Gathers the options of a {@link PasskeyClient}; docs/options.md describes each.
 * What is not set is taken from the environment or has its default. */
public final class PasskeyClientBuilder {
    private final Map<String, String> options = new LinkedHashMap<>();
    private Logger logger;

    PasskeyClientBuilder() {}

    /** Any option by its name.
     *
     * @param name such as "proxy"
     * @param value its value
     * @return this */
    public PasskeyClientBuilder option(String name, String value) {
        options.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, name));
        return this;
    }

    /** Many options at once.
     *
     * @param values by the options' names
     * @return this */
    public PasskeyClientBuilder options(Map<String, String> values) {
        values.forEach(this::option);
        return this;
    }

    /** The store.
     *
     * @param folder its folder
     * @return this */
    public PasskeyClientBuilder home(Path folder) {
        return option("home", folder.toString());
    }

    /** The TPM.
     *
     * @param route "hardware", "swtpm" (for development), "auto", or a TCTI
     * @return this */
    public PasskeyClientBuilder tpm(String route) {
        return option("tpm", route);
    }

    /** The hosts that may be contacted.
     *
     * @param domains each allows itself and its subdomains; none allows nothing
     * @return this */
    public PasskeyClientBuilder allowedDomains(List<String> domains) {
        return option("allowed_domains", String.join(",", domains));
    }

    /** Whether plain http to this machine itself is allowed.
     *
     * @param allowed true to allow it
     * @return this */
    public PasskeyClientBuilder allowLoopbackHttp(boolean allowed) {
        return option("allow_loopback_http", Boolean.toString(allowed));
    }

    /** Certificate authorities instead of the system's.
     *
     * @param file a PEM file
     * @return this */
    public PasskeyClientBuilder caFile(Path file) {
        return option("ca_file", file.toString());
    }

    /** The time allowed for the network.
     *
     * @param milliseconds 1 to 3600000
     * @return this */
    public PasskeyClientBuilder timeoutMs(int milliseconds) {
        return option("timeout_ms", Integer.toString(milliseconds));
    }

    /** How much is logged.
     *
     * @param level "off" (the default), "error", "warning", "info" or "debug"
     * @return this */
    public PasskeyClientBuilder log(String level) {
        return option("log", level);
    }

    /** Where what is logged goes, instead of the logger named dev.libpasskey. Without
     * the option log (and PASSKEY_LOG) as much is logged as it is loggable there. It is
     * called on threads of the library, perhaps on several at once, and must not wait
     * for a call of the client. No line holds a link or a token.
     *
     * @param logger the logger
     * @return this */
    public PasskeyClientBuilder logger(Logger logger) {
        this.logger = Objects.requireNonNull(logger, "logger");
        return this;
    }

    /** Makes the client.
     *
     * @return a client; close it
     * @throws PasskeyException invalid_option, if an option is unknown or its value
     *     not allowed */
    public PasskeyClient build() throws PasskeyException {
        Map<String, String> all = new LinkedHashMap<>(options);
        if (logger != null && System.getenv("PASSKEY_LOG") == null) {
            all.putIfAbsent("log", ClientLog.optionFor(logger));
        }
        return new PasskeyClient(all, logger);
    }
}
