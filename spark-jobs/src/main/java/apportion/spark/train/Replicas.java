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

/** Replicas of this process that wait for their next round: creating one costs more than a short round. */
final class Replicas {

    /** A model lies on the device of the task that made it. */
    private record Idle(String identity, OptionalInt gpu, Replica replica) {}

    /** Parameters, their gradients and AdamW's two moments. */
    private static final int VECTORS = 4;

    private static final Deque<Idle> IDLE = new ArrayDeque<>();
    private static final int MOST_IDLE = 2 * Runtime.getRuntime().availableProcessors();

    private Replicas() {}

    /**
     * Takes a replica through a round on a free model of the run, or on a new one.
     *
     * @throws Failure if the memory of this process is not enough
     */
    static ReplicaState round(RunSpec run, float[] published, ReplicaState before, long steps, ReplicaClock clock) {
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

    /** Frees the models of a run that has ended, in this process. */
    static void forget(String identity) {
        synchronized (IDLE) {
            IDLE.removeIf(idle -> {
                if (idle.identity.equals(identity)) {
                    idle.replica.close();
                    return true;
                }
                return false;
            });
        }
    }
}
