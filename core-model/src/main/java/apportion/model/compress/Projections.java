package apportion.model.compress;

import apportion.model.config.ModelConfig;
import apportion.model.inspect.NamedWeights;
import apportion.model.transformer.ParameterLayout;
import java.util.Arrays;

/**
 * The projections around one layer's heads, in 64 bits; biases that a model does not have are 0.
 *
 * @param in_pc to queries, keys and values: a row of {@code C} for each column of a projected row
 * @param inBias_p its biases
 * @param out_ca from the heads' results back
 * @param outBias_c its biases
 */
record Projections(double[][] in_pc, double[] inBias_p, double[][] out_ca, double[] outBias_c) {

    /** Those of a model's weights. */
    static Projections of(ModelConfig model, NamedWeights weights, int layer) {
        String name = name(layer);
        double[][] in = weights.matrix(name + ".qkv.weight");
        double[][] out = weights.matrix(name + ".out.weight");
        boolean bias = model.block().bias();
        return new Projections(
                in,
                bias ? weights.matrix(name + ".qkv.bias")[0] : new double[in.length],
                out,
                bias ? weights.matrix(name + ".out.bias")[0] : new double[out.length]);
    }

    /** Writes them among a model's weights. */
    void write(ModelConfig model, int layer, float[] weights) {
        ParameterLayout layout = ParameterLayout.of(model);
        String name = name(layer);
        write(layout.slice(name + ".qkv.weight"), in_pc, weights);
        write(layout.slice(name + ".out.weight"), out_ca, weights);
        if (model.block().bias()) {
            write(layout.slice(name + ".qkv.bias"), new double[][] {inBias_p}, weights);
            write(layout.slice(name + ".out.bias"), new double[][] {outBias_c}, weights);
        }
    }

    private static String name(int layer) {
        return "block." + layer + ".attention";
    }

    private static void write(ParameterLayout.Slice slice, double[][] matrix, float[] weights) {
        int at = Math.toIntExact(slice.offset());
        for (double[] row : matrix) {
            for (double value : row) {
                weights[at++] = (float) value;
            }
        }
    }

    /** Some rows of the projection, with their biases as a last column. */
    double[][] rows(int from, int count, boolean biases) {
        double[][] rows = new double[count][];
        for (int r = 0; r < count; r++) {
            rows[r] = Arrays.copyOf(in_pc[from + r], in_pc[from + r].length + 1);
            rows[r][in_pc[from + r].length] = biases ? inBias_p[from + r] : 0;
        }
        return rows;
    }

    /** Overwrites rows of the projection with such rows. */
    void setRows(int from, double[][] rows) {
        for (int r = 0; r < rows.length; r++) {
            int width = in_pc[from + r].length;
            System.arraycopy(rows[r], 0, in_pc[from + r], 0, width);
            inBias_p[from + r] = rows[r][width];
        }
    }

    /** Columns of the projection back, as rows. */
    double[][] columns(int from, int count) {
        double[][] columns = new double[count][out_ca.length];
        for (int c = 0; c < count; c++) {
            for (int r = 0; r < out_ca.length; r++) {
                columns[c][r] = out_ca[r][from + c];
            }
        }
        return columns;
    }

    /** Overwrites columns of the projection back. */
    void setColumns(int from, double[][] columns) {
        for (int c = 0; c < columns.length; c++) {
            for (int r = 0; r < out_ca.length; r++) {
                out_ca[r][from + c] = columns[c][r];
            }
        }
    }
}
