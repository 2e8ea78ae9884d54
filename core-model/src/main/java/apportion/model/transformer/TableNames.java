package apportion.model.transformer;

import apportion.model.config.TablePiece;

/** What the pieces of the two matrices of token vectors are called. */
enum TableNames {
    /** Of the matrix that makes vectors of tokens. */
    INPUT("embedding", "embedding.token"),
    /** Of the matrix that makes logits. */
    OUTPUT("head", "head.weight");

    private final String part;
    private final String whole;

    TableNames(String part, String whole) {
        this.part = part;
        this.whole = whole;
    }

    /** {@code [V, columns]}. */
    String table(TablePiece piece) {
        return switch (piece.role()) {
            case WHOLE -> whole;
            case COMMON -> part + ".common";
            case OWN -> part + ".own";
        };
    }

    /** {@code [C, columns]}: the factor's transpose, as a projection has it. */
    String factor(TablePiece piece) {
        return table(piece) + ".factor";
    }
}
