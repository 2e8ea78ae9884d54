package apportion.data.tokenize;

import java.util.Arrays;

/** A growing list of ints, without a box each. */
final class IntList {

    private int[] items = new int[4];
    private int size;

    void add(int item) {
        if (size == items.length) {
            items = Arrays.copyOf(items, size * 2);
        }
        items[size++] = item;
    }

    void addUnlessLast(int item) {
        if (size == 0 || items[size - 1] != item) {
            add(item);
        }
    }

    int get(int index) {
        return items[index];
    }

    int size() {
        return size;
    }

    int[] toArray() {
        return Arrays.copyOf(items, size);
    }
}
