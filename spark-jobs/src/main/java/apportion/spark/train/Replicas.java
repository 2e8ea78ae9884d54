package apportion.spark.train;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/** Replicas of this process that wait for their next round: creating one costs more than a short round. */
final class Replicas {

    private record Idle(String identity, Replica replica) {}

    private static final Deque<Idle> IDLE = new ArrayDeque<>();
    private static final int MOST_IDLE = 2 * Runtime.getRuntime().availableProcessors();

    private Replicas() {}

    /** Takes a replica through a round on a free model of the run, or on a new one. */
    static ReplicaState round(RunSpec run, float[] parameters, ReplicaState before, long steps, ReplicaClock clock) {
        Replica replica = borrow(run);
        boolean sound = false;
        try {
            ReplicaState after = replica.round(parameters, before, steps, clock);
            sound = true;
            return after;
        } finally {
            if (sound) {
                giveBack(run, replica);
            } else {
                replica.close();
            }
        }
    }

    private static Replica borrow(RunSpec run) {
        synchronized (IDLE) {
            for (Iterator<Idle> waiting = IDLE.iterator(); waiting.hasNext(); ) {
                Idle idle = waiting.next();
                if (idle.identity.equals(run.identity())) {
                    waiting.remove();
                    return idle.replica;
                }
            }
        }
        return new Replica(run);
    }

    private static void giveBack(RunSpec run, Replica replica) {
        synchronized (IDLE) {
            IDLE.addFirst(new Idle(run.identity(), replica));
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
