package apportion.spark.progress;

/** Shows how far tasks have come; one task at a time. */
@FunctionalInterface
public interface Progress {

    /** For tests and for callers who do not care. */
    Progress SILENT = (name, total) -> (amount, note) -> {};

    /**
     * Begins a task.
     *
     * @param name a word or two, such as {@code train 8x16}
     * @param total how many steps it has
     */
    Task begin(String name, long total);

    /** Some steps of one kind. */
    @FunctionalInterface
    interface Task extends AutoCloseable {

        /**
         * Reports finished steps.
         *
         * @param amount how many more are finished now
         * @param note what to show beside them, such as {@code loss 2.31}, or nothing
         */
        void step(long amount, String note);

        /** Ends the task, finished or not. */
        @Override
        default void close() {}
    }
}
