// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Strings on their way to and from C. They may be secret: the bytes are wiped. */
final class Utf8 {
    private Utf8() {}

    /** Never says the text in an exception: it may be a link. */
    static byte[] encode(String text) {
        if (text == null) {
            return null;
        }
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("the text contains a NUL character");
        }
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            wipe(encoded.array());
            return bytes;
        } catch (CharacterCodingException lone) {
            throw new IllegalArgumentException("the text contains a lone surrogate");
        }
    }

    static String decode(byte[] bytes) {
        if (bytes == null) {
            return null;
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        wipe(bytes);
        return text;
    }

    static void wipe(byte[] bytes) {
        if (bytes != null) {
            Arrays.fill(bytes, (byte) 0);
        }
    }
}
