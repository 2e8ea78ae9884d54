package apportion.model.config;

import java.util.List;

/**
 * A part of the matrix {@code E [V, C]} that makes vectors of tokens, and of the matrix {@code W [V, C]} that makes
 * logits.
 *
 * @param role what it is to the two matrices
 * @param columns numbers that its table has for each token
 * @param shared whether both matrices read one table
 * @param factor what its columns are multiplied by; without one they are columns of the matrices
 */
public record TablePiece(Role role, int columns, boolean shared, Factor factor) {

    /** What a piece is to the two matrices. */
    public enum Role {
        /** All of them. */
        WHOLE,
        /** What both have in common. */
        COMMON,
        /** What each has beside it. */
        OWN
    }

    /** A factor {@code [columns, C]} behind a table. */
    public enum Factor {
        NONE(0),
        /** One for both matrices. */
        SHARED(1),
        /** One for each matrix. */
        EACH(2);

        private final int copies;

        Factor(int copies) {
            this.copies = copies;
        }
    }

    /** One table, with a factor if it is narrower than the model. */
    static List<TablePiece> whole(int width, int embeddingWidth, boolean shared) {
        Factor factor = embeddingWidth == width ? Factor.NONE : shared ? Factor.SHARED : Factor.EACH;
        return List.of(new TablePiece(Role.WHOLE, embeddingWidth, shared, factor));
    }

    /** Whether its columns are multiplied by a factor. */
    public boolean factored() {
        return factor != Factor.NONE;
    }

    /** Numbers that it has for both matrices together. */
    public long parameters(long vocabulary, long width) {
        return columns * (vocabulary * (shared ? 1 : 2) + width * factor.copies);
    }

    /** Multiply-adds that a token costs on its way in: its row of the table is found, not computed. */
    public long inputProducts(long width) {
        return factored() ? columns * width : 0;
    }

    /** Multiply-adds that a token's logits cost. */
    public long outputProducts(long vocabulary, long width) {
        return columns * vocabulary + inputProducts(width);
    }
}
