package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.config.ModelConfig;
import apportion.model.config.TablePiece;
import apportion.model.transformer.Parameters.Parameter;
import java.util.List;
import java.util.Optional;

/**
 * A matrix {@code M [V, C]} with a row for each token, however it is made: its rows are the tokens' vectors, and its
 * products with a vector are their logits.
 */
interface TokenMatrix extends AutoCloseable {

    /** {@code out[r] = M[token_r]}. */
    void embed(Tokens tokens, Tensor out_nc);

    /** Back-propagates through the latest {@link #embed}. */
    void embedBackward(Tokens tokens, Tensor dOut_nc);

    /** {@code out = x M^T + bias}. */
    void logits(Tensor x_nc, Optional<Parameter> bias, Tensor out_nv);

    /**
     * Back-propagates through the latest {@link #logits}.
     *
     * @param dX_nc overwritten
     */
    void logitsBackward(Tensor x_nc, Optional<Parameter> bias, Tensor dOut_nv, Tensor dX_nc);

    @Override
    void close();

    /** The matrix that makes a model's vectors of tokens, or the one that makes its logits. */
    static TokenMatrix of(
            Backend backend, Workspace workspace, ModelConfig model, Parameters parameters, TableNames names) {
        List<TablePiece> pieces = model.tablePieces();
        TokenMatrix matrix = piece(backend, workspace, parameters, names, pieces.get(0));
        for (TablePiece piece : pieces.subList(1, pieces.size())) {
            TokenMatrix next = piece(backend, workspace, parameters, names, piece);
            matrix = piece.factored()
                    ? new TableSum(backend, workspace, matrix, next)
                    : new TableJoin(backend, workspace, matrix, next, new long[] {
                        model.width() - piece.columns(), piece.columns()
                    });
        }
        return matrix;
    }

    private static TokenMatrix piece(
            Backend backend, Workspace workspace, Parameters parameters, TableNames names, TablePiece piece) {
        TokenMatrix table = new Table(backend, parameters.get(names.table(piece)));
        return piece.factored()
                ? new TableProduct(backend, workspace, table, parameters.get(names.factor(piece)))
                : table;
    }
}
