package apportion.spark.bench;

import apportion.model.compute.Precision;
import apportion.spark.bench.TrainReport.Row;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How fast we train beside PyTorch, which runs through DJL: the same model, weights, batches, optimizer and number of
 * threads, and losses that must agree.
 *
 * <p>Every turn is a process of its own, which begins with steps that are not measured. A precision of ours other than
 * float meets the peer in float, too, since not every processor makes the peer's bfloat16 the faster one.
 */
public final class TrainBench {

    private static final String PEER = "apportion.model.peer.PyTorchPeer";

    private final JavaProgram our;
    private final JavaProgram peer;
    private final int rounds;
    private final Path folder;

    TrainBench(JavaProgram our, JavaProgram peer, int rounds, Path folder) {
        this.our = our;
        this.peer = peer;
        this.rounds = rounds;
        this.folder = folder;
    }

    /**
     * Measures shapes.
     *
     * @param computes how we compute, one after the other; all with the same number of threads
     * @param rounds turns of each side
     */
    public static TrainReport run(
            List<TrainShape> shapes, List<ComputeConfig> computes, int rounds, Progress progress) {
        if (!System.getProperty("os.name").equals("Linux")
                || !System.getProperty("os.arch").equals("amd64")) {
            throw new UserError(
                    "bench train measures beside PyTorch's build for Linux on x86-64, so it runs only there");
        }
        computes.forEach(compute -> peerPrecisions(compute.precision()));
        int threads = computes.get(0).threads();
        return Scratch.with(folder -> {
            SourceTree tree = SourceTree.find();
            String peerClassPath = tree.testClassPath("core-model", folder, "-Pbench");
            Path libraries = tree.root().resolve("core-model").resolve("target").resolve("djl");
            TrainBench bench = new TrainBench(ours(threads), peer(threads, peerClassPath, libraries), rounds, folder);
            return bench.measure(shapes, computes, progress);
        });
    }

    private static JavaProgram ours(int threads) {
        // The options that the launcher gives to every job.
        List<String> options = ManagementFactory.getRuntimeMXBean().getInputArguments();
        return new JavaProgram(TrainWorker.class.getName(), JavaProgram.ourClassPath(), options, environment(threads));
    }

    private static JavaProgram peer(int threads, String classPath, Path libraries) {
        Map<String, String> environment = new LinkedHashMap<>(environment(threads));
        // Where DJL unpacks libtorch, 450 MB, once; and no messages home.
        environment.put("DJL_CACHE_DIR", libraries.toString());
        environment.put("OPT_OUT_TRACKING", "true");
        List<String> options = List.of("-Xmx2g", "-Dai.djl.offline=true", "-Dai.djl.pytorch.num_threads=" + threads);
        return new JavaProgram(PEER, classPath, options, environment);
    }

    private static Map<String, String> environment(int threads) {
        String number = Integer.toString(threads);
        return Map.of("OMP_NUM_THREADS", number, "OPENBLAS_NUM_THREADS", number, "MKL_NUM_THREADS", number);
    }

    TrainReport measure(List<TrainShape> shapes, List<ComputeConfig> computes, Progress progress) throws IOException {
        long turns = computes.stream()
                .mapToLong(compute -> 1 + peerPrecisions(compute.precision()).size())
                .sum();
        List<Row> rows = new ArrayList<>();
        try (Progress.Task task = progress.begin("bench train", shapes.size() * turns * rounds)) {
            for (TrainShape shape : shapes) {
                for (ComputeConfig compute : computes) {
                    rows.addAll(measure(shape, compute, task));
                }
            }
        }
        return new TrainReport(computes.get(0).threads(), rounds, rows);
    }

    private List<Row> measure(TrainShape shape, ComputeConfig compute, Progress.Task progress) throws IOException {
        TrainTask.of(shape, compute).write(folder);
        TrainTurns ours = new TrainTurns(TrainTurns.name(compute.precision()), new ArrayList<>());
        List<TrainTurns> peers = peerPrecisions(compute.precision()).stream()
                .map(precision -> new TrainTurns(precision, new ArrayList<>()))
                .toList();
        for (int round = 0; round < rounds; round++) {
            ours.turns().add(turn(our));
            progress.step(1, shape.name() + ", ours in " + ours.precision());
            for (TrainTurns each : peers) {
                each.turns().add(turn(peer, each.precision()));
                progress.step(1, shape.name() + ", PyTorch in " + each.precision());
            }
        }
        return peers.stream()
                .map(each -> TrainComparison.row(shape, ours, each, productPeak(ours, peers)))
                .toList();
    }

    /** Of all that was measured in our precision, since either side may have the better product. */
    private static double productPeak(TrainTurns ours, List<TrainTurns> peers) {
        return Stream.concat(Stream.of(ours), peers.stream())
                .filter(turns -> turns.precision().equals(ours.precision()))
                .mapToDouble(TrainTurns::productFlopsPerSecond)
                .max()
                .orElseThrow();
    }

    private TrainTurn turn(JavaProgram program, String... precision) throws IOException {
        Path result = folder.resolve("result.json");
        Files.deleteIfExists(result);
        List<String> arguments = new ArrayList<>(List.of(folder.toString()));
        arguments.addAll(List.of(precision));
        arguments.add(result.toString());
        program.run(arguments.toArray(String[]::new));
        return TrainTurn.read(result);
    }

    /** Those of the peer that a precision of ours is measured beside. */
    private static List<String> peerPrecisions(Precision precision) {
        if (precision == Precision.DOUBLE) {
            throw new UserError("bench train measures training, and double is for checking gradients; use --set"
                    + " train.precision=float");
        }
        return precision == Precision.FLOAT ? List.of("float") : List.of("float", "bfloat16");
    }
}
