package apportion.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A standalone master with two workers of one core each, every one a process of its own; their executors are, too. */
final class StandaloneCluster implements AutoCloseable {

    private static final Pattern ADDRESS = Pattern.compile("Starting Spark master at (spark://\\S+)");
    private static final int WORKERS = 2;
    private static final Duration LONGEST_START = Duration.ofMinutes(2);

    private final JobJar jar;
    private final Path folder;
    private final Path properties;
    private final Process master;
    private final String address;
    private final List<Process> workers = new ArrayList<>();
    private int started;

    /** Starts one that keeps its logs in a folder. */
    StandaloneCluster(JobJar jar, Path folder, Path properties) throws Exception {
        this.jar = jar;
        this.folder = Files.createDirectories(folder);
        this.properties = properties;
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
        Path log = folder.resolve("master.log");
        this.master = daemon(log, "master.Master", "--port", "0");
        this.address = await(log, ADDRESS).group(1);
        startWorkers();
    }

    String address() {
        return address;
    }

    private Process daemon(Path log, String main, String... arguments) throws IOException {
        String[] common = {"--host", "127.0.0.1", "--webui-port", "0", "--properties-file", properties.toString()};
        return jar.spark(
                        List.of(JobJar.QUICK_START),
                        "org.apache.spark.deploy." + main,
                        Stream.of(common, arguments).flatMap(Stream::of).toArray(String[]::new))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    /** New ones, if those before were killed. */
    void startWorkers() throws Exception {
        List<Path> logs = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++, started++) {
            Path log = folder.resolve("worker-" + started + ".log");
            Path work = folder.resolve("work-" + started);
            logs.add(log);
            workers.add(daemon(
                    log, "worker.Worker", "--cores", "1", "--memory", "1g", "--work-dir", work.toString(), address));
        }
        for (Path log : logs) {
            await(log, Pattern.compile("Successfully registered with master"));
        }
    }

    private static Matcher await(Path log, Pattern line) throws Exception {
        Instant end = Instant.now().plus(LONGEST_START);
        while (Instant.now().isBefore(end)) {
            Matcher matcher = line.matcher(Files.readString(log));
            if (matcher.find()) {
                return matcher;
            }
            Thread.sleep(100);
        }
        throw new AssertionError(line + " is not in\n" + Files.readString(log));
    }

    /** A worker has no other children. */
    List<ProcessHandle> executors() {
        return workers.stream().flatMap(worker -> worker.children()).toList();
    }

    /**
     * As {@code kill -9} would, the one that has lived longest: one that just came up has no task yet, and nothing is
     * lost with it. Whether there was one to kill before the run ended.
     */
    boolean killOneExecutor(Process run) throws InterruptedException {
        while (run.isAlive()) {
            Optional<ProcessHandle> executor = executors().stream()
                    .min(Comparator.comparing(
                            process -> process.info().startInstant().orElse(Instant.MAX)));
            if (executor.isPresent()) {
                return executor.get().destroyForcibly();
            }
            Thread.sleep(50);
        }
        return false;
    }

    /** And their executors. */
    void killWorkers() {
        workers.forEach(StandaloneCluster::killWithChildren);
        workers.clear();
    }

    private static void killWithChildren(Process process) {
        List<ProcessHandle> children = process.children().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public void close() {
        killWorkers();
        // The hook may run before the master does.
        Optional.ofNullable(master).ifPresent(Process::destroyForcibly);
    }
}
