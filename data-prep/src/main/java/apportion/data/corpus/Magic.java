package apportion.data.corpus;

import java.util.Arrays;
import java.util.HexFormat;

/** Numbers at the start of a file that say what it is. */
final class Magic {

    private Magic() {}

    static boolean starts(byte[] head, String hex) {
        return at(head, 0, hex);
    }

    static boolean at(byte[] head, int offset, String hex) {
        byte[] magic = HexFormat.of().parseHex(hex);
        int end = offset + magic.length;
        return head.length >= end && Arrays.equals(head, offset, end, magic, 0, magic.length);
    }
}
