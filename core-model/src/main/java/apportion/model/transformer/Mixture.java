package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.Experts;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.ModelConfig;
import java.util.Arrays;
import java.util.Optional;

/**
 * A mixture of position-wise networks (Shazeer et al. 2017), as {@link Experts} defines it.
 *
 * <p>Letters: {@code E} experts, {@code m} rows: one for each token and expert that it chose, and some that fill up
 * tiles.
 */
final class Mixture implements Sublayer {

    /**
     * Rows that an expert's projection takes at once. All products then have one shape, and a token's row has its place
     * before those of later tokens, so a later token does not change even the last bits of an earlier one's result:
     * with another number of rows a library may add up in another order. What sequences before it in the batch choose
     * may move a row to another place, and change its last bits.
     */
    static final int TILE = 32;

    /** Added to the scores that were not chosen, so that their softmax is exactly 0. */
    private static final float NEVER = -1e30f;

    private final Backend backend;
    private final Workspace workspace;
    private final FeedForwardConfig config;
    private final Experts experts;
    private final Projection router;
    private final ExpertProjections in;
    private final ExpertProjections out;
    private final Buffer probabilities;
    private final Buffer gates;
    private final Buffer gate;
    private final Buffer gathered;
    private final Buffer hidden;
    private final Buffer activated;
    private final Buffer results;
    private final Indices tokens;
    private final Indices meetings;
    private Choice choice = new Choice(0, new int[0], new int[0], new int[0], new int[0]);
    private double balanceLoss;

    /**
     * The mixture of one layer.
     *
     * @param kept where what the backward pass needs stays
     * @param name what its weights' names begin with
     */
    Mixture(
            Backend backend,
            Workspace workspace,
            Workspace kept,
            ModelConfig model,
            Parameters parameters,
            String name) {
        this.backend = backend;
        this.workspace = workspace;
        this.config = model.block().feedForward();
        this.experts = config.experts();
        this.router = new Projection(backend, parameters, name + ".router");
        this.in = ExpertProjections.of(backend, workspace, experts, parameters, name, "in");
        this.out = ExpertProjections.of(backend, workspace, experts, parameters, name, "out");
        this.probabilities = kept.buffer("probabilities", experts.count());
        this.gates = kept.buffer("gates", 1);
        this.gate = kept.buffer("gate", 1);
        this.gathered = kept.buffer("gathered", model.width());
        this.hidden = kept.buffer("hidden", config.hiddenWidth());
        this.activated = kept.buffer("activated", config.width());
        this.results = kept.buffer("results", model.width());
        this.tokens = new Indices(backend);
        this.meetings = new Indices(backend);
    }

    @Override
    public void keep(Tensor in_nc, Pass pass) {
        choose(in_nc);
        long rows = choice.tokens().length;
        Tensor gathered_mc = gathered.rows(rows);
        Tensor hidden_mf = hidden.rows(rows);
        Tensor activated_mf = activated.rows(rows);
        Tensor results_mc = results.rows(rows);
        backend.embed(in_nc, tokens.write(choice.tokens()), gathered_mc);
        in.forward(gathered_mc, hidden_mf, choice.ends());
        backend.activation(config.activation(), hidden_mf, activated_mf);
        out.forward(activated_mf, results_mc, choice.ends());
        backend.embed(withNone(gates), meetings.write(choice.gates()), gate.rows(rows));
    }

    @Override
    public void result(Pass pass, Optional<Tensor> addend_nc, Tensor out_nc) {
        long rows = choice.tokens().length;
        Tensor weighted_mc = workspace.take("rows", rows, out_nc.columns());
        backend.scaleRows(results.rows(rows), gate.rows(rows), weighted_mc);
        addend_nc.ifPresentOrElse(addend -> backend.copy(addend, out_nc), () -> backend.clear(out_nc));
        backend.embedBackward(weighted_mc, tokens.latest(), out_nc);
        measureBalance();
    }

    /** Scores the experts, chooses, and leaves probabilities and gates behind. */
    private void choose(Tensor in_nc) {
        Tensor probabilities_ne = probabilities.rows(in_nc.rows());
        router.forward(in_nc, probabilities_ne);
        float[] scores = new float[Math.toIntExact(probabilities_ne.size())];
        backend.read(probabilities_ne, scores);
        choice = Choice.of(scores, experts.count(), experts.topK(), TILE);
        backend.clear(withNone(gates));
        Tensor gates_ne = matrix(withNone(gates));
        if (experts.gates() == Experts.Gates.CHOSEN) {
            float[] mask = new float[scores.length];
            Arrays.fill(mask, NEVER);
            for (int meeting : choice.gates()) {
                if (meeting < mask.length) {
                    mask[meeting] = 0;
                }
            }
            backend.write(mask, gates_ne);
            backend.add(probabilities_ne, gates_ne);
            backend.softmax(gates_ne);
            backend.softmax(probabilities_ne);
        } else {
            backend.softmax(probabilities_ne);
            backend.copy(probabilities_ne, gates_ne);
        }
    }

    /** A number for each token and expert, and one more for rows that only fill up a tile. */
    private Tensor withNone(Buffer buffer) {
        return buffer.rows((long) choice.count() * experts.count() + 1);
    }

    private Tensor matrix(Tensor withNone) {
        return withNone.slice(0, choice.count(), experts.count());
    }

    @Override
    public void backward(Tensor in_nc, Pass pass, Tensor dOut_nc, Tensor dIn_nc) {
        long rows = choice.tokens().length;
        Tensor gate_m1 = gate.rows(rows);
        Tensor d_mc = workspace.take("rows", rows, in_nc.columns());
        backend.embed(dOut_nc, tokens.latest(), d_mc);
        Tensor dScores_ne = scoresGradient(d_mc, pass);

        backend.scaleRows(d_mc, gate_m1, d_mc);
        Tensor dActivated_mf = workspace.take("activated", rows, config.width());
        out.backward(activated.rows(rows), d_mc, dActivated_mf, choice.ends());
        Tensor dHidden_mf = workspace.take("hidden", rows, config.hiddenWidth());
        backend.activationBackward(config.activation(), dActivated_mf, hidden.rows(rows), dHidden_mf);
        in.backward(gathered.rows(rows), dHidden_mf, d_mc, choice.ends());

        router.backward(in_nc, dScores_ne, dIn_nc);
        backend.embedBackward(d_mc, tokens.latest(), dIn_nc);
    }

    /** The gradient of the router's scores: through the gates, and of the load-balance loss. */
    private Tensor scoresGradient(Tensor d_mc, Pass pass) {
        Tensor dGate_m1 = workspace.take("gate", d_mc.rows(), 1);
        backend.rowDots(d_mc, results.rows(d_mc.rows()), dGate_m1);
        Tensor dGates = workspace.take("gates", withNone(gates).rows(), 1);
        backend.clear(dGates);
        backend.embedBackward(dGate_m1, meetings.latest(), dGates);
        Tensor dScores_ne = matrix(dGates);
        backend.softmaxBackward(matrix(withNone(gates)), dScores_ne);
        if (experts.balance() > 0) {
            Tensor dBalance_ne = tokensOfExperts();
            backend.scale(dBalance_ne, pass.balanceScale() * balanceScale());
            backend.softmaxBackward(probabilities.rows(choice.count()), dBalance_ne);
            backend.add(dBalance_ne, dScores_ne);
        }
        return dScores_ne;
    }

    /** {@code [n, E]}: how many tokens chose each expert, the same in every row. */
    private Tensor tokensOfExperts() {
        Tensor out_ne = workspace.take("balance", choice.count(), experts.count());
        float[] numbers = new float[Math.toIntExact(out_ne.size())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = choice.chosen()[i % experts.count()];
        }
        backend.write(numbers, out_ne);
        return out_ne;
    }

    /** {@code alpha E / (n n k)}: with it, the sum of choices times probabilities is the loss. */
    private double balanceScale() {
        double count = choice.count();
        return experts.balance() * experts.count() / (count * count * experts.topK());
    }

    /** While the probabilities are there: other layers may use their memory. */
    private void measureBalance() {
        if (experts.balance() > 0) {
            Tensor dots_n1 = workspace.take("balance of a token", choice.count(), 1);
            backend.rowDots(tokensOfExperts(), probabilities.rows(choice.count()), dots_n1);
            balanceLoss = balanceScale() * backend.sum(dots_n1);
        }
    }

    /** The load-balance loss of the latest forward pass. */
    double balanceLoss() {
        return balanceLoss;
    }

    /** How many tokens chose each expert in the latest forward pass. */
    int[] tokensOfEach() {
        return choice.chosen().clone();
    }

    @Override
    public void close() {
        tokens.close();
        meetings.close();
    }
}
