// SPDX-License-Identifier: Apache-2.0

import dev.libpasskey.BindResult;
import dev.libpasskey.PasskeyClient;
import dev.libpasskey.PasskeyClientBuilder;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the Java binding costs, beside C in the same run, and whether it stays
 * flat. Needs a build folder with java/passkey.jar, bin/passkey-cloud and
 * bench/bin/bench_bindings; swtpm is the TPM.
 *
 * <pre>java -Xmx128m -cp build/java/passkey.jar bench/bindings/Bench.java build [BINDS]</pre>
 *
 * BINDS (default 300) is how many binds the memory is watched over. */
public class Bench {
    private static final int TRIVIAL_CALLS = 2_000_000;
    private static final int CLIENTS = 100_000;
    private static final int LISTS = 2000;
    private static final int BINDS_TIMED = 20;
    private static final int CONCURRENT = 50;
    private static final int INTERRUPTS = 20;
    private static final int DELAY_MS = 500;
    private static final int TICK_MS = 10;

    private final Path build;
    private final Path work;

    private Bench(Path build, Path work) {
        this.build = build;
        this.work = work;
    }

    public static void main(String[] arguments) throws Exception {
        Path build = Path.of(arguments[0]).toAbsolutePath();
        int binds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 300;
        Path work = Files.createTempDirectory("passkey-bench-java-");
        Bench bench = new Bench(build, work);
        bench.load();
        bench.overhead();
        bench.concurrent();
        bench.interrupts();
        bench.clients();
        bench.binds(binds);
    }

    // -------------------------------------------------------------- the cloud

    /** A passkey-cloud, and a client for its jobs. */
    private final class Cloud implements AutoCloseable {
        private final Process process;
        private final PasskeyClient administrator;
        private final String identity;

        Cloud(String name, String... flags) throws Exception {
            List<String> command = new ArrayList<>(List.of(
                    build.resolve("bin/passkey-cloud").toString(), "serve", "--listen",
                    "127.0.0.1:0", "--data", work.resolve(name).toString()));
            command.addAll(List.of(flags));
            process = new ProcessBuilder(command).redirectError(work.resolve(name + ".log").toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
            String ready = new BufferedReader(new InputStreamReader(process.getInputStream())).readLine();
            identity = field(ready, "identity_id");
            administrator = client("administrator")
                    .option("api_base_url", field(ready, "api_base_url"))
                    .option("tenant", field(ready, "tenant_id")).option("realm", field(ready, "realm_id"))
                    .option("authenticator_config", field(ready, "authenticator_config_id"))
                    .option("api_token", field(ready, "api_token")).build();
        }

        List<String> links(int count) throws Exception {
            List<String> links = new ArrayList<>();
            while (links.size() < count) {
                links.add(administrator.createJob(identity, "RETURN", null).link());
            }
            return links;
        }

        @Override
        public void close() throws Exception {
            administrator.close();
            process.destroy();
            process.waitFor();
        }
    }

    private static String field(String json, String name) {
        Matcher value = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        if (!value.find()) {
            throw new IllegalStateException("passkey-cloud does not say its " + name);
        }
        return value.group(1);
    }

    private PasskeyClientBuilder client(String home) {
        return PasskeyClient.builder().home(work.resolve(home)).tpm("swtpm")
                .allowedDomains(List.of("localhost")).allowLoopbackHttp(true).timeoutMs(60_000);
    }

    // ------------------------------------------------------------ the figures

    /** Prints how long the first call takes in a machine of its own. */
    public static final class Load {
        public static void main(String[] arguments) {
            long start = System.nanoTime();
            PasskeyClient.isAuthenticateUrl("x");
            System.out.println(System.nanoTime() - start);
        }
    }

    private void load() throws Exception {
        String jar = build.resolve("java/passkey.jar").toString();
        Path library;
        try (var files = Files.walk(build.resolve("java/native"))) {
            library = files.filter(file -> file.endsWith("passkey_java.so")).findFirst().orElseThrow();
        }
        System.out.printf("load and first call: %.1f ms from the jar, %.1f ms by -Ddev.libpasskey.native%n",
                loadMs(jar), loadMs(jar, "-Ddev.libpasskey.native=" + library));
    }

    /** The median of nine. The class is compiled once, as a user's would be. */
    private double loadMs(String jar, String... flags) throws Exception {
        Path classes = work.resolve("classes");
        Path source = Path.of(System.getProperty("jdk.launcher.sourcefile", "bench/bindings/Bench.java"));
        run(List.of("javac", "-cp", jar, "-d", classes.toString(), source.toString()));
        double[] times = new double[9];
        for (int time = 0; time < times.length; time++) {
            List<String> command = new ArrayList<>(List.of("java"));
            command.addAll(List.of(flags));
            command.addAll(List.of("-cp", jar + ":" + classes, "Bench$Load"));
            times[time] = Long.parseLong(run(command).strip()) / 1e6;
        }
        Arrays.sort(times);
        return times[times.length / 2];
    }

    private static String run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IllegalStateException("failed: " + command.get(0));
        }
        return output;
    }

    private void overhead() throws Exception {
        String[] ours = new String[4];
        ours[0] = number(trivialNs());
        ours[1] = number(openCloseNs(20_000));
        try (Cloud cloud = new Cloud("cloud"); PasskeyClient client = client("java").build()) {
            String[] c = figuresOfC(cloud.links(BINDS_TIMED + 1));
            listNs(client);
            ours[2] = number(listNs(client));
            List<String> links = cloud.links(BINDS_TIMED + 1);
            client.bindPasskey(links.remove(0));
            long start = System.nanoTime();
            for (String link : links) {
                client.bindPasskey(link);
            }
            ours[3] = number((System.nanoTime() - start) / 1e6 / BINDS_TIMED);
            String[] names = {"isAuthenticateUrl, ns", "open and close, ns", "listPasskeys (empty), ns",
                "bindPasskey, ms"};
            for (int row = 0; row < 4; row++) {
                System.out.printf("%-26s C %10s   Java %10s%n", names[row], c[row], ours[row]);
            }
        }
    }

    private static String number(double value) {
        return String.format("%.1f", value);
    }

    private static double trivialNs() {
        String url = "https://example.com/bi-authenticate?request=x";
        double best = Double.MAX_VALUE;
        for (int round = 0; round < 3; round++) {
            long start = System.nanoTime();
            for (int call = 0; call < TRIVIAL_CALLS; call++) {
                if (!PasskeyClient.isAuthenticateUrl(url)) {
                    throw new IllegalStateException();
                }
            }
            best = Math.min(best, (System.nanoTime() - start) / (double) TRIVIAL_CALLS);
        }
        return best;
    }

    private double openCloseNs(int count) throws Exception {
        long start = System.nanoTime();
        for (int number = 0; number < count; number++) {
            new PasskeyClient().close();
        }
        return (System.nanoTime() - start) / (double) count;
    }

    private double listNs(PasskeyClient client) throws Exception {
        long start = System.nanoTime();
        for (int number = 0; number < LISTS; number++) {
            client.listPasskeys();
        }
        return (System.nanoTime() - start) / (double) LISTS;
    }

    private String[] figuresOfC(List<String> links) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(build.resolve("bench/bin/bench_bindings").toString());
        builder.environment().putAll(Map.of("PASSKEY_HOME", work.resolve("c").toString(), "PASSKEY_TPM",
                "swtpm", "PASSKEY_ALLOWED_DOMAINS", "localhost", "PASSKEY_ALLOW_LOOPBACK_HTTP", "1"));
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (var input = process.getOutputStream()) {
            input.write((String.join("\n", links) + "\n").getBytes());
        }
        String json = new String(process.getInputStream().readAllBytes());
        return List.of("trivial_ns", "open_close_ns", "list_ns", "bind_ms").stream().map(name -> {
            Matcher value = Pattern.compile("\"" + name + "\":([0-9.]+)").matcher(json);
            return value.find() ? value.group(1) : "?";
        }).toArray(String[]::new);
    }

    /** 50 binds at once against a cloud that waits, while a timer of the host ticks. */
    private void concurrent() throws Exception {
        try (Cloud cloud = new Cloud("slow", "--fault", "route=:getInfo,do=delay:" + DELAY_MS);
                PasskeyClient client = client("slow-store").build()) {
            List<String> links = cloud.links(CONCURRENT + 1 + BINDS_TIMED);
            client.bindPasskey(links.remove(0));
            double one = 0;
            double tpm = 0;
            for (int time = 0; time < BINDS_TIMED; time++) {
                AtomicLong key = new AtomicLong();
                AtomicLong register = new AtomicLong();
                long start = System.nanoTime();
                client.bindPasskey(links.remove(0), step -> {
                    if (step.equals("key")) {
                        key.set(System.nanoTime());
                    } else if (step.equals("register")) {
                        register.set(System.nanoTime());
                    }
                });
                one += (System.nanoTime() - start) / 1e6 / BINDS_TIMED;
                tpm += (register.get() - key.get()) / 1e6 / BINDS_TIMED;
            }
            Ticker ticker = new Ticker();
            long start = System.nanoTime();
            List<CompletableFuture<BindResult>> binds = links.stream().map(client::bindPasskeyAsync).toList();
            binds.forEach(CompletableFuture::join);
            double all = (System.nanoTime() - start) / 1e6;
            double bound = one + (CONCURRENT - 1) * tpm;
            System.out.printf("%d binds at once: %.0f ms; one %.0f ms, TPM %.1f ms each: %.2f of %.0f ms; %s%n",
                    CONCURRENT, all, one, tpm, all / bound, bound, ticker.stop(all));
        }
    }

    /** A timer of 10 ms: how often it came, and the longest it kept waiting. */
    private static final class Ticker {
        private final AtomicInteger ticks = new AtomicInteger();
        private final AtomicLong longest = new AtomicLong();
        private final AtomicLong last = new AtomicLong(System.nanoTime());
        private final java.util.concurrent.ScheduledExecutorService timer =
                Executors.newSingleThreadScheduledExecutor();

        Ticker() {
            timer.scheduleAtFixedRate(() -> {
                long now = System.nanoTime();
                longest.accumulateAndGet(now - last.getAndSet(now), Math::max);
                ticks.incrementAndGet();
            }, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
        }

        String stop(double elapsedMs) {
            timer.shutdownNow();
            return String.format("%d of %.0f ticks, the longest gap %.0f ms", ticks.get(),
                    elapsedMs / TICK_MS, longest.get() / 1e6);
        }
    }

    /** From interrupt() to the exception, while the cloud is waited for. */
    private void interrupts() throws Exception {
        try (Cloud cloud = new Cloud("never", "--fault", "route=:getInfo,do=delay:30000");
                PasskeyClient client = client("never-store").build()) {
            double longest = 0;
            for (String link : cloud.links(INTERRUPTS)) {
                AtomicLong interrupted = new AtomicLong();
                Thread caller = Thread.currentThread();
                try {
                    client.bindPasskey(link, step -> {
                        if (step.equals("info")) {
                            CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS).execute(() -> {
                                interrupted.set(System.nanoTime());
                                caller.interrupt();
                            });
                        }
                    });
                } catch (InterruptedException expected) {
                    longest = Math.max(longest, (System.nanoTime() - interrupted.get()) / 1e6);
                }
            }
            System.out.printf("an interrupt ended a bind after %.1f ms at most (of %d)%n", longest, INTERRUPTS);
        }
    }

    private void clients() throws Exception {
        openCloseNs(CLIENTS);
        System.gc();
        long before = rssKib();
        openCloseNs(CLIENTS);
        System.gc();
        System.out.printf("memory over %d clients: %d to %d KiB%n", CLIENTS, before, rssKib());
    }

    private void binds(int count) throws Exception {
        try (Cloud cloud = new Cloud("many"); PasskeyClient client = client("many-store").build()) {
            for (String link : cloud.links(Math.max(50, count / 10))) {
                client.bindPasskey(link);
            }
            System.gc();
            long before = rssKib();
            for (int done = 0; done < count; done += 100) {
                for (String link : cloud.links(Math.min(100, count - done))) {
                    client.bindPasskey(link);
                }
            }
            System.gc();
            System.out.printf("memory over %d binds: %d to %d KiB%n", count, before, rssKib());
        }
    }

    private static long rssKib() throws Exception {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .map(line -> Long.parseLong(line.replaceAll("[^0-9]", ""))).findFirst().orElseThrow();
    }
}
