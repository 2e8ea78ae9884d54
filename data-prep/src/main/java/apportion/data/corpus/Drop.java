package apportion.data.corpus;

/** Why a record did not become a document. */
public enum Drop {
    NOT_UTF8("not-utf-8"),
    BINARY("binary"),
    TOO_LONG("too-long"),
    BAD_JSON("bad-json"),
    EMPTY("empty"),
    TOO_SHORT("too-short"),
    DUPLICATE("duplicate"),
    /** It is measured on, so it must not be trained on. */
    VALIDATION("validation"),
    LANGUAGE("language");

    private final String label;

    Drop(String label) {
        this.label = label;
    }

    /** Its name in manifests and messages. */
    public String label() {
        return label;
    }
}
