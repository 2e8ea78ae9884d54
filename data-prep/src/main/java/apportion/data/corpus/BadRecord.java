package apportion.data.corpus;

/** A record that breaks the rules, to be thrown or counted; the message has the place and the remedy. */
public final class BadRecord extends Exception {

    private final Drop reason;

    BadRecord(Drop reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    /** What it is counted as. */
    public Drop reason() {
        return reason;
    }
}
