package apportion.model.compute.onednn;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** A pointer to 32-bit numbers that can be moved, so that no object is made for each place that is looked at. */
final class Cursor extends FloatPointer {

    /** Points at {@code address}, which may be 0 where oneDNN expects nothing. */
    Cursor at(long address) {
        this.address = address;
        return this;
    }

    static void zero(Cursor cursor, long address, long bytes) {
        Pointer.memset(cursor.at(address), 0, bytes);
    }
}
