package apportion.data.corpus;

import java.io.Serializable;

/** What became of one record. */
public sealed interface Reading extends Serializable {

    /** It is a document. */
    record Kept(Document document) implements Reading {}

    /** It was left out. */
    record Dropped(Drop reason) implements Reading {}
}
