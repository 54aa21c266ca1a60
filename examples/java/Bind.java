// SPDX-License-Identifier: Apache-2.0
import dev.libpasskey.PasskeyClient;
import dev.libpasskey.PasskeyException;
import java.util.Scanner;

/** Reads a passkey creation link from standard input and binds it. */
public class Bind {
    public static void main(String[] arguments) {
        String link = new Scanner(System.in).nextLine().strip();

        try (PasskeyClient client = new PasskeyClient()) {
            var result = client.bindPasskey(link);
            System.out.println(result.id() + " " + result.passkey().thumbprint());
        } catch (PasskeyException | InterruptedException reason) {
            System.err.println("failed to create passkey because " + reason.getMessage());
            System.exit(1);
        }
    }
}
