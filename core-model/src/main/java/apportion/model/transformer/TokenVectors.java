package apportion.model.transformer;

import apportion.model.config.ModelConfig;
import apportion.model.config.TablePiece;

/** The rows of the matrices {@code E [V, C]} and {@code W [V, C]} on the host, however they are made. */
public final class TokenVectors {

    private final ModelConfig model;
    private final float[] weights;
    private final ParameterLayout layout;

    /**
     * The rows of a model.
     *
     * @param weights all weights, as {@link ParameterLayout} places them
     */
    public TokenVectors(ModelConfig model, float[] weights) {
        this.model = model;
        this.weights = weights;
        this.layout = ParameterLayout.of(model);
    }

    /** The vector that goes in for a token. */
    public double[] input(int token) {
        return row(TableNames.INPUT, token);
    }

    /** The vector whose product with the last layer's output is the token's logit, its bias and a scale aside. */
    public double[] output(int token) {
        return row(TableNames.OUTPUT, token);
    }

    private double[] row(TableNames names, int token) {
        double[] row = new double[model.width()];
        int column = 0;
        for (TablePiece piece : model.tablePieces()) {
            int at = (int) layout.slice(names.table(piece)).offset() + token * piece.columns();
            if (piece.factored()) {
                addProduct(at, piece.columns(), layout.slice(names.factor(piece)), row);
            } else {
                for (int c = 0; c < piece.columns(); c++) {
                    row[column++] = weights[at + c];
                }
            }
        }
        return row;
    }

    private void addProduct(int at, int columns, ParameterLayout.Slice factor, double[] row) {
        for (int r = 0; r < row.length; r++) {
            int from = (int) factor.offset() + r * columns;
            for (int c = 0; c < columns; c++) {
                row[r] += (double) weights[at + c] * weights[from + c];
            }
        }
    }
}
