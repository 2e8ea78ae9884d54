package apportion.spark.provenance;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import org.apache.spark.SparkContext;

/** The versions of this program and of what it computes with. */
public final class Program {

    /** The release; a result of another one is never taken for a result of this one. */
    public static final String RELEASE = "0.1.0";

    /** The release of Deeplearning4j and ND4J that the build names. */
    private static final String DEEPLEARNING4J = "1.0.0-M2.1";

    private Program() {}

    /** Versions by library. */
    public static Map<String, String> libraries(SparkContext spark) {
        return Map.of(
                "spark", spark.version(),
                "deeplearning4j", DEEPLEARNING4J,
                "java", System.getProperty("java.version"));
    }

    /** SHA-256 of a text in hexadecimal. */
    public static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
