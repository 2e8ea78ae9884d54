package apportion.spark.train;

import apportion.model.compute.NativeMemory;
import apportion.model.count.ModelCount;
import apportion.spark.compute.MemoryNeed;
import apportion.spark.failure.Failure;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Replicas of this process that wait for their next round: creating one costs more than a short round. */
final class Replicas {

    /** A model lies on the device of the task that made it. */
    private record Idle(String identity, OptionalInt gpu, Replica replica) {}

    /** Parameters, their gradients and AdamW's two moments. */
    private static final int VECTORS = 4;

    private static final Deque<Idle> IDLE = new ArrayDeque<>();

    /** Identities of the runs that this process, as a driver, has in hand. */
    private static final Set<String> LIVE = new TreeSet<>();

    private static final int MOST_IDLE = 2 * Runtime.getRuntime().availableProcessors();

    private Replicas() {}

    /**
     * Takes a replica through a round on a free model of the run, or on a new one.
     *
     * <p>Models of runs that have ended are freed first: an executor hears of an end by the next task of any run, as
     * Spark gives no way to run something on every executor. What it heard may be old, and then costs a model that has
     * to be made again, no more.
     *
     * @param live the driver's {@link #live}
     * @throws Failure if the memory of this process is not enough
     */
    static ReplicaState round(
            RunSpec run, Set<String> live, float[] published, ReplicaState before, long steps, ReplicaClock clock) {
        forgetIf(identity -> !live.contains(identity) && !identity.equals(run.identity()));
        try {
            return onBorrowed(run, published, before, steps, clock);
        } catch (OutOfMemoryError e) {
            throw need(run).unmet(NativeMemory.ofThisProcess(), e);
        }
    }

    private static ReplicaState onBorrowed(
            RunSpec run, float[] published, ReplicaState before, long steps, ReplicaClock clock) {
        OptionalInt gpu = run.compute().gpu();
        Replica replica = borrow(run, gpu);
        boolean sound = false;
        try {
            ReplicaState after = replica.round(published, before, steps, clock);
            sound = true;
            return after;
        } finally {
            if (sound) {
                giveBack(run, gpu, replica);
            } else {
                replica.close();
            }
        }
    }

    private static Replica borrow(RunSpec run, OptionalInt gpu) {
        synchronized (IDLE) {
            for (Iterator<Idle> waiting = IDLE.iterator(); waiting.hasNext(); ) {
                Idle idle = waiting.next();
                if (idle.identity.equals(run.identity()) && idle.gpu.equals(gpu)) {
                    waiting.remove();
                    idle.replica.attach();
                    return idle.replica;
                }
            }
        }
        need(run).requireWithin(NativeMemory.ofThisProcess());
        return new Replica(run);
    }

    private static MemoryNeed need(RunSpec run) {
        int length = run.dataset().manifest().sequence();
        long parameters = ModelCount.of(run.model()).parameters();
        long activations = ModelCount.of(
                        run.model().withContext(length), run.shape().recompute())
                .activationBytes();
        int sequences = run.shape().batch() / run.shape().accumulate();
        return new MemoryNeed(
                Float.BYTES * VECTORS * parameters + sequences * activations,
                String.format(
                        Locale.ROOT,
                        "%,d parameters with gradients and moments, and activations of %,d sequences of %,d tokens",
                        parameters,
                        sequences,
                        length),
                "lower train.batch, raise train.accumulate or train.recompute, or make the model smaller");
    }

    private static void giveBack(RunSpec run, OptionalInt gpu, Replica replica) {
        synchronized (IDLE) {
            IDLE.addFirst(new Idle(run.identity(), gpu, replica));
            while (IDLE.size() > MOST_IDLE) {
                IDLE.removeLast().replica.close();
            }
        }
    }

    /** To be called by a driver when a run begins. */
    static void begin(String identity) {
        synchronized (LIVE) {
            LIVE.add(identity);
        }
    }

    /** The driver's runs, for its executors. */
    static Set<String> live() {
        synchronized (LIVE) {
            return new TreeSet<>(LIVE);
        }
    }

    /** To be called by a driver when a run has ended: frees its models in this process, and soon in others. */
    static void forget(String identity) {
        synchronized (LIVE) {
            LIVE.remove(identity);
        }
        forgetIf(identity::equals);
    }

    private static void forgetIf(Predicate<String> ended) {
        synchronized (IDLE) {
            IDLE.removeIf(idle -> {
                if (ended.test(idle.identity)) {
                    idle.replica.close();
                    return true;
                }
                return false;
            });
        }
    }

    /** Identities of the runs whose models wait in this process. */
    static Set<String> waiting() {
        synchronized (IDLE) {
            return IDLE.stream().map(Idle::identity).collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
