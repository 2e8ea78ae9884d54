package apportion.model.compute.onednn;

/** Rows of a table for tokens and places. */
final class Embeddings {

    /** Rows of tokens that a chunk copies. */
    private static final int ROWS = 64;
    /** Parts of the table that get their gradients apart from each other. */
    private static final int PARTS = 16;
    /** Numbers of the position table that are worked on at a time. */
    private static final int PIECE = 1 << 11;

    private final Crew crew;

    Embeddings(Crew crew) {
        this.crew = crew;
    }

    void forward(OneDnnTensor table_vc, OneDnnTokens tokens, OneDnnTensor out_nc) {
        int columns = Math.toIntExact(table_vc.columns());
        Cut cut = Cut.of(tokens.count(), ROWS);
        crew.run(cut.chunks(), (chunk, worker) -> {
            float[] row = worker.array(0, columns);
            for (int r = cut.start(chunk); r < cut.start(chunk) + cut.size(chunk); r++) {
                worker.load(row(table_vc, tokens.id(r)), row, columns);
                worker.store(row, row(out_nc, r), columns);
            }
        });
    }

    /** A chunk owns some rows of the table, to which it adds in the order of the tokens. */
    void backward(OneDnnTensor dOut_nc, OneDnnTokens tokens, OneDnnTensor dTable_vc) {
        long columns = dTable_vc.columns();
        int vocabulary = Math.toIntExact(dTable_vc.rows());
        int parts = Math.min(PARTS, vocabulary);
        crew.run(parts, (part, worker) -> {
            for (int r = 0; r < tokens.count(); r++) {
                int token = tokens.id(r);
                // Neighbours in the vocabulary are often frequent together, so parts are strided.
                if (token % parts == part) {
                    Numbers.addAll(worker, row(dOut_nc, r), row(dTable_vc, token), columns);
                }
            }
        });
    }

    private static long row(OneDnnTensor x, long index) {
        return x.address() + Float.BYTES * index * x.columns();
    }

    void addPositions(OneDnnTensor table_tc, int time, OneDnnTensor x_nc) {
        forEachSequence(
                table_tc, time, x_nc, (worker, inTable, inX, count) -> Numbers.addAll(worker, inTable, inX, count));
    }

    void addPositionsBackward(OneDnnTensor dX_nc, int time, OneDnnTensor dTable_tc) {
        forEachSequence(
                dTable_tc, time, dX_nc, (worker, inTable, inX, count) -> Numbers.addAll(worker, inX, inTable, count));
    }

    private interface Piece {
        void run(Worker worker, long inTable, long inX, long count);
    }

    /** Pairs each piece of the table with those of all sequences, one after the other. */
    private void forEachSequence(OneDnnTensor table_tc, int time, OneDnnTensor x_nc, Piece use) {
        long size = time * x_nc.columns();
        long sequences = x_nc.rows() / time;
        crew.run(pieces(size), (piece, worker) -> {
            long at = (long) piece * PIECE;
            long count = Math.min(PIECE, size - at);
            for (long s = 0; s < sequences; s++) {
                use.run(
                        worker,
                        table_tc.address() + Float.BYTES * at,
                        x_nc.address() + Float.BYTES * (s * size + at),
                        count);
            }
        });
    }

    private static int pieces(long size) {
        return Math.toIntExact((size + PIECE - 1) / PIECE);
    }
}
