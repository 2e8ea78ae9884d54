package apportion.spark.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LeaseTest {

    private static final Lease.Timing QUICK =
            new Lease.Timing(Duration.ofMillis(800), Duration.ofMillis(50), Duration.ofMillis(20));

    @TempDir
    private Path folder;

    private Place output() {
        return Place.of("elsewhere:" + folder.resolve("run"), Elsewhere.configuration(Elsewhere.Mood.FINE));
    }

    private Lease take() throws IOException {
        return Lease.take(output(), output().child("_lock"), QUICK);
    }

    /** As a process on another host, which is never known to have ended, has left it. */
    private void left(String token) throws IOException {
        Files.createDirectories(folder.resolve("run"));
        Files.writeString(folder.resolve("run/_lock"), token + "\nelsewhere 1 1\nprocess 1 on node-2\n");
        Files.writeString(folder.resolve("run/_lock-" + token), "");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("run"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aLeaseThatIsRenewedIsNotTaken() throws Exception {
        try (Lease lease = take()) {
            Thread.sleep(QUICK.expiry().toMillis() * 2);
            assertThatThrownBy(this::take)
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("is in use by another process (" + ThisProcess.name());
            lease.require();
        }
        assertThat(names()).isEmpty();
    }

    @Test
    void aLeaseThatIsNotRenewedIsTakenAfterItsTime() throws Exception {
        left("dead");
        long start = System.nanoTime();
        take().close();
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isGreaterThan(QUICK.expiry().dividedBy(2));
        assertThat(names()).isEmpty();
    }

    @Test
    void aLeaseOfAProcessThatHasEndedHereIsTakenAtOnce() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        assertThat(ended.waitFor()).isZero();
        Files.createDirectories(folder.resolve("run"));
        String[] mine = ThisProcess.identity().split(" ", -1);
        Files.writeString(folder.resolve("run/_lock"), "dead\n" + mine[0] + " " + ended.pid() + " 1\nprocess\n");
        Lease.take(output(), output().child("_lock"), Lease.Timing.DEFAULT).close();
        assertThat(names()).isEmpty();
        assertThat(ThisProcess.hasEnded(ThisProcess.identity())).isFalse();
    }

    @Test
    void ofManyThatWantADeadOnesLeaseOneGetsIt() throws Exception {
        for (int round = 0; round < 10; round++) {
            left("dead");
            Path beat = folder.resolve("run/_lock-dead");
            Files.setLastModifiedTime(beat, java.nio.file.attribute.FileTime.fromMillis(0));
            int many = 6;
            CountDownLatch ready = new CountDownLatch(many);
            ExecutorService threads = Executors.newFixedThreadPool(many);
            List<Future<Lease>> tries = new ArrayList<>();
            for (int i = 0; i < many; i++) {
                Callable<Lease> one = () -> {
                    ready.countDown();
                    ready.await();
                    return take();
                };
                tries.add(threads.submit(one));
            }
            List<Lease> held = new ArrayList<>();
            for (Future<Lease> each : tries) {
                try {
                    held.add(each.get());
                } catch (java.util.concurrent.ExecutionException e) {
                    assertThat(e.getCause()).isInstanceOf(UserError.class);
                }
            }
            threads.shutdown();
            assertThat(held.stream().filter(LeaseTest::isHeld)).hasSize(1);
            held.forEach(Lease::close);
        }
    }

    private static boolean isHeld(Lease lease) {
        try {
            lease.require();
            return true;
        } catch (Failure e) {
            return false;
        }
    }

    @Test
    void whoeverHasLostItsLeaseIsToldBeforeItWrites() throws Exception {
        try (Lease lease = take()) {
            left("another");
            Thread.sleep(5 * QUICK.beat().toMillis() + 1500);
            assertThatThrownBy(lease::require)
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("was taken over by another process (process 1 on node-2)");
        }
        assertThat(names()).as("the other's").containsExactly("_lock", "_lock-another");
    }

    @Test
    void aDirectoryThatWasDeletedIsNamed() throws Exception {
        try (Lease lease = take()) {
            output().delete();
            Thread.sleep(5 * QUICK.beat().toMillis() + 1500);
            assertThatThrownBy(lease::require).hasMessageContaining("was deleted or moved while");
        }
    }
}
