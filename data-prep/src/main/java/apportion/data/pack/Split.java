package apportion.data.pack;

/** The two streams of a dataset. */
public enum Split {
    TRAIN("train"),
    VALIDATION("validation");

    private final String label;

    Split(String label) {
        this.label = label;
    }

    /** Its name in manifests, and its folder. */
    public String label() {
        return label;
    }
}
