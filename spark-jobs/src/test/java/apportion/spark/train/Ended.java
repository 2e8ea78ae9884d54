package apportion.spark.train;

import apportion.spark.storage.Storage;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is left of a run that has ended, but for the times that it took: equal only for runs that are equal bit for bit.
 *
 * @param sha256 of the files of its last checkpoint
 * @param metrics its lines
 */
record Ended(Map<String, String> sha256, List<String> metrics) {

    static Ended of(Storage storage, String output, TrainResult result) {
        return new Ended(
                Stream.of("model.safetensors", "optimizer.safetensors", "state.json")
                        .collect(Collectors.toMap(
                                Function.identity(), file -> storage.sha256(Storage.child(result.checkpoint(), file)))),
                storage.lineLog(Storage.child(output, TrainJob.METRICS)).lines().stream()
                        .map(line -> line.replaceAll("\"(ended|seconds|slowest)\":[^,}]*|\"split\":\\{[^}]*}", ""))
                        .toList());
    }
}
