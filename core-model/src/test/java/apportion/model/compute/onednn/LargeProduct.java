package apportion.model.compute.onednn;

import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Prints how many native threads of a process that computed a large product may have computed it. */
final class LargeProduct {

    private LargeProduct() {}

    public static void main(String[] args) throws IOException {
        try (OneDnnBackend backend = new OneDnnBackend(Precision.FLOAT, 2)) {
            Tensor x = backend.allocate(1024, 1024);
            backend.linear(x, x, Optional.empty(), backend.allocate(1024, 1024));
        }
        long computing = 0;
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            for (Path task : tasks.toList()) {
                // The virtual machine names its own threads; OpenMP's keep the name of the thread that started them.
                String name = name(task);
                computing += name.equals("java") || name.startsWith("onednn-") ? 1 : 0;
            }
        }
        System.out.println(computing);
    }

    /** The virtual machine's own threads come and go. */
    private static String name(Path task) {
        try {
            return Files.readString(task.resolve("comm")).trim();
        } catch (IOException e) {
            return "ended";
        }
    }
}
