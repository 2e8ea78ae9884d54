package apportion.spark.storage;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** How a process is named to people, and how it is told from one that has ended. */
final class ThisProcess {

    private static final String NAME = "process " + ProcessHandle.current().pid() + " on " + host();
    private static final String IDENTITY =
            identity(system().orElse("?"), ProcessHandle.current().pid(), started(ProcessHandle.current()));

    private ThisProcess() {}

    /** Such as {@code process 12 on node-3}. */
    static String name() {
        return NAME;
    }

    /** Equal for no two processes, as far as the operating system can tell. */
    static String identity() {
        return IDENTITY;
    }

    /** Whether a process is known to have ended; where it runs elsewhere, that is not known. */
    static boolean hasEnded(String identity) {
        String[] parts = identity.split(" ", -1);
        if (parts.length != 3 || !parts[1].matches("\\d{1,10}") || !system().equals(Optional.of(parts[0]))) {
            return false;
        }
        long pid = Long.parseLong(parts[1]);
        return ProcessHandle.of(pid)
                .map(alive -> !identity(parts[0], pid, started(alive)).equals(identity))
                .orElse(true);
    }

    private static String identity(String system, long pid, String started) {
        return system + " " + pid + " " + started;
    }

    private static String started(ProcessHandle process) {
        return process.info()
                .startInstant()
                .map(Instant::toEpochMilli)
                .orElse(0L)
                .toString();
    }

    /** Within which process numbers are unique: this start of this machine, and in it this container. */
    private static Optional<String> system() {
        try {
            String boot =
                    Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
            return Optional.of(boot + "/" + Files.readSymbolicLink(Path.of("/proc/self/ns/pid")));
        } catch (IOException | UnsupportedOperationException e) {
            // Not Linux.
            return Optional.empty();
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "a host without a name";
        }
    }
}
