package apportion.spark.cli;

import apportion.model.config.ModelConfig;
import apportion.spark.train.TrainEstimate;
import apportion.spark.train.TrainMemory;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** How {@code train --dry-run} shows what a run will cost. */
final class DryRun {

    private DryRun() {}

    /**
     * What to show.
     *
     * @param checked whether the dataset was there to check the configuration against
     */
    static Outcome outcome(ModelConfig model, TrainEstimate run, TrainMemory memory, boolean checked) {
        return new Outcome(text(model, run, memory, checked), json(model, run, memory, checked));
    }

    private static Map<String, Object> json(ModelConfig model, TrainEstimate run, TrainMemory memory, boolean checked) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("datasetChecked", checked);
        json.put("vocabulary", model.vocabulary());
        json.put("parameters", run.model().parameters());
        json.put("embeddingParameters", run.model().embeddingParameters());
        json.put("parts", run.parts());
        json.put("forwardFlopsPerToken", run.forwardFlopsOfAToken());
        json.put("trainingFlopsPerStep", run.trainingFlopsOfAStep());
        json.put("activationBytes", run.sequence().activationBytes());
        json.put("probabilityBytes", run.sequence().probabilityBytes());
        json.put("keyValueBytes", run.sequence().keyValueBytes());
        json.put("sequence", run.length());
        json.put("sequencesPerStep", run.sequences());
        json.put("tokensPerStep", run.tokensOfAStep());
        json.put("steps", run.steps());
        json.put("rounds", run.rounds());
        json.put("tokens", run.steps() * run.tokensOfAStep());
        json.put("memoryFraction", TrainMemory.FRACTION);
        json.put("embeddedHeapBytes", memory.embedded());
        json.put("driverHeapBytes", memory.driver());
        json.put("executorHeapBytes", memory.executor());
        json.put("nativeBytesPerTask", memory.outside());
        json.put("mostParameters", memory.most());
        return json;
    }

    private static String text(ModelConfig model, TrainEstimate run, TrainMemory memory, boolean checked) {
        long parameters = run.model().parameters();
        StringBuilder parts = new StringBuilder();
        run.parts()
                .forEach((name, count) -> parts.append(String.format(
                        Locale.ROOT, "%n  %-14s %,d (%.1f%%)", name(name), count, 100.0 * count / parameters)));
        return String.format(
                Locale.ROOT,
                "configuration: valid%s%n"
                        + "parameters: %,d, of which %,d (%.1f%%) for embedding and output%s%n"
                        + "operations: %,d a token forward, %.3g a step forward and back, of all replicas together%n"
                        + "memory of a sequence of %,d tokens: %,d bytes of activations in training, %,d more where a"
                        + " backend keeps attention's probabilities; %,d bytes of keys and values in generation%n"
                        + "run: %,d steps of %,d sequences, %,d rounds, %,d tokens at most%n"
                        + "%s%n"
                        + "bound: %,d parameters, as an array of Java holds no more numbers",
                checked
                        ? ""
                        : ", but the dataset is not there yet; vocabulary " + model.vocabulary() + " as configured",
                parameters,
                run.model().embeddingParameters(),
                100.0 * run.model().embeddingParameters() / parameters,
                parts,
                run.forwardFlopsOfAToken(),
                run.trainingFlopsOfAStep(),
                run.length(),
                run.sequence().activationBytes(),
                run.sequence().probabilityBytes(),
                run.sequence().keyValueBytes(),
                run.steps(),
                run.sequences(),
                run.rounds(),
                run.steps() * run.tokensOfAStep(),
                memory(memory),
                memory.most());
    }

    private static String memory(TrainMemory memory) {
        return String.format(
                Locale.ROOT,
                "memory of a process on the embedded Spark: -Xmx%dm -Dspark.memory.fraction=%s%s, and %,d MB outside"
                        + " the heap (replicas trained at once: %d)%n"
                        + "memory on a cluster: spark.memory.fraction=%s, spark.driver.memory=%dm, and for executors of"
                        + " one task spark.executor.memory=%dm, spark.executor.memoryOverhead=%dm%s",
                megabytes(memory.embedded()),
                TrainMemory.FRACTION,
                physical(" ", memory.embedded(), memory.atOnce() * memory.outside()),
                megabytes(memory.atOnce() * memory.outside()),
                memory.atOnce(),
                TrainMemory.FRACTION,
                megabytes(memory.driver()),
                megabytes(memory.executor()),
                megabytes(memory.outside()),
                physical(", spark.executor.extraJavaOptions=", memory.executor(), memory.outside()));
    }

    /** JavaCPP lets a process have twice its heap, unless it is told otherwise. */
    private static String physical(String before, long heap, long outside) {
        return outside <= heap
                ? ""
                : before + "-Dorg.bytedeco.javacpp.maxphysicalbytes=" + megabytes(heap + outside) + "m";
    }

    private static long megabytes(long bytes) {
        return (bytes + (1 << 20) - 1) >> 20;
    }

    private static String name(String part) {
        return part.equals("feedForward") ? "feed-forward" : part;
    }
}
