package apportion.model.compute.onednn;

import apportion.model.compute.Tokens;

/** Token ids, which stay on the Java side: only loops over rows read them. */
final class OneDnnTokens implements Tokens {

    private final int[] ids;
    private int count;

    OneDnnTokens(int capacity) {
        this.ids = new int[capacity];
    }

    @Override
    public void write(int[] ids) {
        if (ids.length > this.ids.length) {
            throw new IllegalArgumentException(
                    ids.length + " tokens do not fit where " + this.ids.length + " were expected");
        }
        System.arraycopy(ids, 0, this.ids, 0, ids.length);
        count = ids.length;
    }

    int count() {
        return count;
    }

    int id(int row) {
        return ids[row];
    }

    @Override
    public void close() {
        count = 0;
    }
}
