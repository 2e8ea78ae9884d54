package apportion.spark.storage;

import apportion.spark.failure.UserError;
import java.nio.charset.StandardCharsets;

/**
 * Whether this Java can name every file. Its names are in the encoding of the locale that it was started in; in the
 * POSIX locale of containers and cron jobs those beyond ASCII vanish from directories without an error.
 */
public final class FileNames {

    private static final String ENCODING = System.getProperty("sun.jnu.encoding", "");
    private static final String REMEDY =
            "; start it in a UTF-8 locale (LC_ALL=C.UTF-8, for executors" + " spark.executorEnv.LC_ALL=C.UTF-8)";

    private FileNames() {}

    /** Refuses to look for local files where some might be overlooked. */
    static void refuseUnlessUnicode(Place place) {
        if (place.isLocal() && !isUnicode(ENCODING)) {
            throw new UserError("cannot list " + place + ": this Java reads file names as " + ENCODING
                    + " and overlooks others, but it must read them as UTF-8" + REMEDY);
        }
    }

    /** Refuses a local path that this Java would ask for under another name. */
    static void refuseUnlessEncodable(Place place) {
        if (place.isLocal() && !isEncodable(place.toString(), ENCODING)) {
            throw new UserError(place + " cannot be opened: this Java writes file names as " + ENCODING
                    + ", but it must write them as UTF-8" + REMEDY);
        }
    }

    /**
     * Refuses arguments of a command line that were not read as they were typed.
     *
     * @throws UserError if one of them is beyond what the locale's encoding has
     */
    public static void refuseUnlessRead(String... arguments) {
        for (String argument : arguments) {
            if (!isUnicode(ENCODING) && !StandardCharsets.US_ASCII.newEncoder().canEncode(argument)) {
                throw new UserError("an argument has characters beyond ASCII, but this Java reads arguments as "
                        + ENCODING + ", but it must read them as UTF-8" + REMEDY);
            }
        }
    }

    static boolean isEncodable(String path, String encoding) {
        return isUnicode(encoding) || StandardCharsets.US_ASCII.newEncoder().canEncode(path);
    }

    static boolean isUnicode(String encoding) {
        return encoding.equalsIgnoreCase("UTF-8");
    }
}
