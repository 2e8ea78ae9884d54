package apportion.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint of format 1, written once and never again: every later version must read it. */
class GoldenCheckpointTest {

    private static final String CONFIG = "{\"model\":{\"name\":\"gölden\",\"width\":2}}";

    private static final TrainingState STATE = new TrainingState(
            7,
            140,
            9_007_199_254_740_993L,
            List.of(new TrainingState.Replica(11, 140), new TrainingState.Replica(12, 139)),
            Optional.of("history.jsonl"),
            new Provenance(
                    "0123456789abcdef".repeat(4),
                    "5f3c2a1",
                    Map.of("dataset", "fedcba9876543210".repeat(4)),
                    Map.of("init", -3L, "data", 42L),
                    Map.of("deeplearning4j", "1.0.0-M2.1")));

    private static final List<Parameters.Slice> SLICES =
            List.of(Parameters.Slice.of("embedding.weight", 2, 2), Parameters.Slice.of("norm.weight", 1));

    private static final float[] PARAMETERS = {0.5f, -1.25f, 3e-5f, Float.MAX_VALUE, 1f};

    private static Path golden() throws Exception {
        URI manifest = Objects.requireNonNull(
                        GoldenCheckpointTest.class.getResource("format-1/round-000007/manifest.json"))
                .toURI();
        return Path.of(manifest).resolveSibling("");
    }

    private static float[] scaled(float factor) {
        float[] scaled = new float[PARAMETERS.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = factor * (i + 1);
        }
        return scaled;
    }

    private static ReplicaState replica(int replica) {
        return new ReplicaState(
                replica, FlatVector.of(scaled(0.5f + replica)), FlatVector.of(scaled(0.125f + replica)));
    }

    @Test
    void aCheckpointOfFormatOneIsRead() throws Exception {
        Checkpoint checkpoint = Checkpoint.open(new LocalStore(), golden().toString());

        assertThat(checkpoint.config()).isEqualTo(CONFIG);
        assertThat(checkpoint.state()).isEqualTo(STATE);
        assertThat(checkpoint.parameters().slices()).isEqualTo(SLICES);
        assertThat(checkpoint.parameters().values().floats()).containsExactly(PARAMETERS);
        for (int replica = 0; replica < 2; replica++) {
            ReplicaState read = checkpoint.replica(replica);
            assertThat(read.firstMoment().floats())
                    .containsExactly(replica(replica).firstMoment().floats());
            assertThat(read.secondMoment().floats())
                    .containsExactly(replica(replica).secondMoment().floats());
        }
        assertThat(checkpoint.outerMomentum().orElseThrow().floats()).containsExactly(scaled(-2));
    }

    /** Belongs to format 1 alone: a new format takes the expected bytes of this test along, not the test above. */
    @Test
    void theSameContentsAreStillWrittenAsTheSameBytes(@TempDir Path run) throws Exception {
        CheckpointContents contents = new CheckpointContents(
                CONFIG,
                STATE,
                new Parameters(FlatVector.of(PARAMETERS), SLICES),
                Optional.of(FlatVector.of(scaled(-2))),
                List.of(replica(0), replica(1)).iterator());

        Path written = Path.of(new Checkpoints(new LocalStore(), run.toString()).write(contents, 1));

        Path golden = golden();
        assertThat(new LocalStore().list(written.toString()))
                .containsExactlyInAnyOrderElementsOf(new LocalStore().list(golden.toString()));
        for (String file : new LocalStore().list(written.toString())) {
            assertThat(Files.readAllBytes(written.resolve(file)))
                    .as(file)
                    .isEqualTo(Files.readAllBytes(golden.resolve(file)));
        }
    }
}
