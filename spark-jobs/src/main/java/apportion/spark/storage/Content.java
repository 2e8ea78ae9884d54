package apportion.spark.storage;

import java.io.IOException;
import java.io.OutputStream;

/** What is to stand in a file. */
@FunctionalInterface
public interface Content {

    /** Writes everything; need not flush or close. */
    void writeTo(OutputStream out) throws IOException;
}
