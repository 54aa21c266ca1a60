// SPDX-License-Identifier: Apache-2.0
package example;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.net.URI;
import java.util.List;

/** Who may ask for what: no page of another site can make this application act.
 *
 * <p>Browsers say in Sec-Fetch-… and Origin where a request comes from, and no page can
 * change that. It needs neither cookies nor hidden fields. */
final class Guard {
    /** A fetch nobody has asked for yet. */
    private static final List<String> AHEAD =
            List.of("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz");

    private final String origin;
    private final String host;

    Guard(String origin) {
        this.origin = origin;
        this.host = URI.create(origin).getRawAuthority();
    }

    /** Another name for this machine was made by somebody else (DNS rebinding). */
    void ownHostOnly(Context request) {
        if (!host.equals(request.header("Host"))) {
            throw new Refusal(421, "This application is at " + origin + "/ only.");
        }
    }

    /** For forms: only those of our own pages. */
    void sameOriginOnly(Context request) {
        String site = request.header("Sec-Fetch-Site");
        boolean own = site != null
                ? site.equals("same-origin") : origin.equals(request.header("Origin"));
        if (!own) {
            throw new Refusal(403, "Only a form of this application may ask for this.");
        }
    }

    /** For the cloud's redirect: only what a browser sends when it takes a person to a page.
     * No frame, image, script or form, and nothing fetched ahead. */
    void navigationOnly(Context request) {
        if (!request.method().equals(HandlerType.GET)) {
            request.header("Allow", "GET");
            throw new Refusal(405, "Open the link itself.");
        }
        if (!"navigate".equals(request.header("Sec-Fetch-Mode"))
                || !"document".equals(request.header("Sec-Fetch-Dest"))
                || request.header("Origin") != null
                || AHEAD.stream().anyMatch(name -> request.header(name) != null)) {
            throw new Refusal(403, "Open the link itself, in a current browser: it is not to be"
                    + " used by another page. Nothing was done with it.");
        }
    }
}
