package apportion.model.compute.onednn;

/** Native memory that only ever grows; growing loses what was there. */
final class Scratch implements AutoCloseable {

    private Memory memory = new Memory(0);
    private long bytes;

    long atLeast(long wanted) {
        if (bytes < wanted) {
            memory.close();
            memory = new Memory(wanted);
            bytes = wanted;
        }
        return memory.address();
    }

    @Override
    public void close() {
        memory.close();
    }
}
