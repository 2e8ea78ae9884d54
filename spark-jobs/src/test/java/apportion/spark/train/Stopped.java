package apportion.spark.train;

import apportion.spark.progress.Progress;

/** What a test throws into a run, as a killed driver would end it. */
final class Stopped extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Ends a run after so many rounds. */
    static Progress after(int rounds) {
        return (name, total) -> {
            int[] done = {0};
            return (amount, note) -> {
                done[0] += (int) amount;
                if (done[0] == rounds) {
                    throw new Stopped();
                }
            };
        };
    }
}
