package apportion.model.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Small checkpoints whose every number depends on the round. */
final class Samples {

    static final int REPLICAS = 2;
    static final List<Parameters.Slice> SLICES =
            List.of(Parameters.Slice.of("embedding", 3, 2), Parameters.Slice.of("bias", 1));

    private Samples() {}

    static CheckpointContents contents(long round) {
        return contents(state(round, REPLICAS), replicas(round, REPLICAS));
    }

    static CheckpointContents contents(TrainingState state, Iterator<ReplicaState> replicas) {
        return new CheckpointContents(
                config(state.round()),
                state,
                new Parameters(vector(state.round()), SLICES),
                Optional.of(vector(state.round() + 1000)),
                replicas);
    }

    static String config(long round) {
        return "{\"model\":{\"width\":" + round + "}}";
    }

    static TrainingState state(long round, int replicas) {
        return new TrainingState(
                round,
                20 * round,
                5000 * round,
                IntStream.range(0, replicas)
                        .mapToObj(replica -> new TrainingState.Replica(100 * round + replica, 20 * round + replica))
                        .toList(),
                Optional.of("history.jsonl"),
                new Provenance(
                        "c".repeat(64),
                        "0123abc",
                        Map.of("dataset", "d".repeat(64), "tokenizer", "e".repeat(64)),
                        Map.of("init", 1L, "data", 2L),
                        Map.of("spark", "3.5.5")));
    }

    static Iterator<ReplicaState> replicas(long round, int replicas) {
        return IntStream.range(0, replicas)
                .mapToObj(replica -> replica(round, replica))
                .iterator();
    }

    static ReplicaState replica(long round, int replica) {
        return new ReplicaState(replica, vector(round + 10 + replica), vector(round + 100 + replica));
    }

    static FlatVector vector(long start) {
        float[] values = new float[7];
        for (int i = 0; i < values.length; i++) {
            values[i] = start + i / 8f;
        }
        return FlatVector.of(values);
    }

    /** Everything that a checkpoint holds, as text that is equal where the checkpoints are. */
    static List<String> everything(Checkpoint checkpoint) throws IOException {
        List<String> parts = new ArrayList<>();
        parts.add(checkpoint.config());
        parts.add(checkpoint.state().toString());
        Parameters parameters = checkpoint.parameters();
        parts.add(parameters.slices() + " " + text(parameters.values()));
        for (int replica = 0; replica < checkpoint.state().replicas().size(); replica++) {
            ReplicaState state = checkpoint.replica(replica);
            parts.add(state.replica() + " " + text(state.firstMoment()) + " " + text(state.secondMoment()));
        }
        parts.add(checkpoint.outerMomentum().map(Samples::text).orElse("none"));
        return parts;
    }

    static List<String> everythingOf(long round) {
        List<String> parts = new ArrayList<>();
        parts.add(config(round));
        parts.add(state(round, REPLICAS).toString());
        parts.add(SLICES + " " + text(vector(round)));
        for (int replica = 0; replica < REPLICAS; replica++) {
            parts.add(replica + " " + text(vector(round + 10 + replica)) + " " + text(vector(round + 100 + replica)));
        }
        parts.add(text(vector(round + 1000)));
        return parts;
    }

    private static String text(FlatVector vector) {
        return vector.dtype() + Arrays.toString(vector.doubles());
    }
}
