package apportion.model.inspect;

import apportion.model.config.AttentionShape;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.TokenVectors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;

/** What the matrices of heads say without any data. */
public final class HeadMatrices {

    private final ModelConfig model;
    private final NamedWeights weights;
    /** {@code E^T W [C, C]}. */
    private final double[][] embeddings;

    /** The matrices of a model's heads. */
    public HeadMatrices(ModelConfig model, float[] values) {
        this.model = model;
        this.weights = new NamedWeights(model, values);
        this.embeddings = embeddings(new TokenVectors(model, values));
    }

    /**
     * One head.
     *
     * @param rankQk effective rank of {@code W_Q^T W_K}
     * @param rankOv effective rank of {@code W_O W_V}
     * @param copying from -1 to 1: how far the head raises the logits of what it attends to
     */
    public record Finding(int layer, int head, double rankQk, double rankOv, double copying) {}

    private double[][] embeddings(TokenVectors vectors) {
        double[][] product = new double[model.width()][model.width()];
        for (int token = 0; token < model.vocabulary(); token++) {
            double[] in = vectors.input(token);
            double[] out = vectors.output(token);
            for (int i = 0; i < in.length; i++) {
                for (int j = 0; j < out.length; j++) {
                    product[i][j] += in[i] * out[j];
                }
            }
        }
        return product;
    }

    /** The heads of a layer. */
    public List<Finding> layer(int layer) {
        String name = "block." + layer + ".attention";
        AttentionShape shape = AttentionShape.of(model, layer);
        double[][] in_pc = weights.matrix(name + ".qkv.weight");
        double[][] out_ca = weights.matrix(name + ".out.weight");
        Optional<float[]> diagonals = weights.find(name + ".qkv.gain");
        Optional<float[]> queryGains = weights.find(name + ".query-norm.gain");
        Optional<float[]> keyGains = weights.find(name + ".key-norm.gain");
        List<Finding> findings = new ArrayList<>();
        for (HeadPlace head : HeadPlace.of(shape)) {
            int row = Math.toIntExact(shape.mixedWidth());
            double[][] query = scaled(in_pc, head.query(), head, diagonals, head.mixed(), queryGains);
            double[][] key = scaled(in_pc, head.key(), head, diagonals, row + head.mixed(), keyGains);
            double[][] value = scaled(in_pc, head.value(), head, diagonals, 2 * row + head.mixed(), Optional.empty());
            double[][] back = new double[head.headDim()][out_ca.length];
            for (int c = 0; c < head.headDim(); c++) {
                for (int r = 0; r < out_ca.length; r++) {
                    back[c][r] = out_ca[r][head.mixed() + c];
                }
            }
            findings.add(new Finding(layer, head.head(), rank(query, key), rank(back, value), copying(value, back)));
        }
        return findings;
    }

    private static double[][] scaled(
            double[][] in_pc,
            int from,
            HeadPlace head,
            Optional<float[]> diagonals,
            int firstFactor,
            Optional<float[]> gains) {
        double[][] rows = new double[head.headDim()][];
        for (int c = 0; c < rows.length; c++) {
            double factor = diagonals.isPresent() ? diagonals.get()[firstFactor + c] : 1;
            double gain = gains.isPresent() ? gains.get()[head.gain() + c] : 1;
            rows[c] = Arrays.stream(in_pc[from + c])
                    .map(value -> factor * gain * value)
                    .toArray();
        }
        return rows;
    }

    private static double rank(double[][] left, double[][] right) {
        return new ThinProduct(ThinProduct.gram(left), ThinProduct.gram(right)).effectiveRank();
    }

    /** The eigenvalues of {@code W W_O W_V E^T [V, V]} that are not 0 are those of {@code W_V E^T W W_O [d, d]}. */
    private double copying(double[][] value, double[][] back) {
        int d = value.length;
        double[][] product = new double[d][d];
        for (int a = 0; a < d; a++) {
            double[] through = new double[embeddings.length];
            for (int i = 0; i < embeddings.length; i++) {
                for (int j = 0; j < embeddings.length; j++) {
                    through[j] += value[a][i] * embeddings[i][j];
                }
            }
            for (int b = 0; b < d; b++) {
                for (int j = 0; j < embeddings.length; j++) {
                    product[a][b] += through[j] * back[b][j];
                }
            }
        }
        EigenDecomposition eigen = new EigenDecomposition(new Array2DRowRealMatrix(product));
        double real = 0;
        double size = 0;
        for (int k = 0; k < d; k++) {
            real += eigen.getRealEigenvalue(k);
            size += Math.hypot(eigen.getRealEigenvalue(k), eigen.getImagEigenvalue(k));
        }
        return size == 0 ? 0 : real / size;
    }
}
