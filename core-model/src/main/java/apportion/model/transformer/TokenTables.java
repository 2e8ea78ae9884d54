package apportion.model.transformer;

import apportion.model.config.ModelConfig;
import apportion.model.config.TablePiece;
import java.util.Arrays;

/** A model's two matrices of token vectors {@code [V, C]}, put together from their pieces on the host, row by row. */
public final class TokenTables {

    private TokenTables() {}

    /**
     * The vectors that tokens enter with.
     *
     * @param parameters as {@link ParameterLayout} lays them out
     */
    public static float[] input(ModelConfig model, float[] parameters) {
        return whole(model, parameters, TableNames.INPUT);
    }

    /** The vectors whose products with the last hidden vector are the logits; the same where the two are tied. */
    public static float[] output(ModelConfig model, float[] parameters) {
        return whole(model, parameters, TableNames.OUTPUT);
    }

    private static float[] whole(ModelConfig model, float[] parameters, TableNames names) {
        ParameterLayout layout = ParameterLayout.of(model);
        int width = model.width();
        float[] matrix = new float[Math.multiplyExact(model.vocabulary(), width)];
        int left = 0;
        for (TablePiece piece : model.tablePieces()) {
            float[] table = values(layout.slice(names.table(piece)), parameters);
            if (piece.factored()) {
                addProduct(
                        table, values(layout.slice(names.factor(piece)), parameters), piece.columns(), width, matrix);
            } else {
                copyColumns(table, piece.columns(), left, width, matrix);
                left += piece.columns();
            }
        }
        return matrix;
    }

    private static float[] values(ParameterLayout.Slice slice, float[] parameters) {
        int from = Math.toIntExact(slice.offset());
        return Arrays.copyOfRange(parameters, from, from + Math.toIntExact(slice.size()));
    }

    private static void copyColumns(float[] table, int columns, int left, int width, float[] matrix) {
        for (int row = 0; row < matrix.length / width; row++) {
            System.arraycopy(table, row * columns, matrix, row * width + left, columns);
        }
    }

    /** {@code matrix[v, c] += sum over k of table[v, k] factor[c, k]}. */
    private static void addProduct(float[] table, float[] factor, int columns, int width, float[] matrix) {
        for (int i = 0; i < matrix.length; i++) {
            int row = i / width;
            int column = i % width;
            double sum = 0;
            for (int k = 0; k < columns; k++) {
                sum += (double) table[row * columns + k] * factor[column * columns + k];
            }
            matrix[i] += (float) sum;
        }
    }
}
