package apportion.model.compute.onednn;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The calling thread and its helpers, who take the chunks of an operation one after the other, whoever is free.
 *
 * <p>Which thread computes a chunk is chance, so a chunk's result must depend on its number alone: then the same bits
 * come out for any number of threads.
 */
final class Crew implements AutoCloseable {

    /** A part of an operation that touches what no other part writes. */
    interface Chunk {
        void run(int index, Worker worker);
    }

    /** Chunks that belong together. */
    record Work(int chunks, Chunk chunk) {
        static final Work NONE = new Work(0, (index, worker) -> {});
    }

    /** About 50 microseconds: longer than the gaps between the operations of a step. */
    private static final int SPINS = 2000;

    private final Library library;
    private final Worker[] workers;
    private final Helper[] helpers;
    private volatile @Nullable Job job;
    private volatile boolean closed;
    private @Nullable Thread caller;

    Crew(Library library, int threads) {
        this.library = library;
        this.workers = new Worker[threads];
        for (int i = 0; i < threads; i++) {
            workers[i] = new Worker(library, i);
        }
        this.helpers = new Helper[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = new Helper(workers[i + 1]);
            helpers[i].start();
        }
    }

    int size() {
        return workers.length;
    }

    /**
     * Runs all chunks of works that need nothing of each other; returns when all are done. Threads wait for each other
     * once, at the end, so the work with the largest chunks goes first and that with the smallest last.
     */
    void run(Work... works) {
        int total = 0;
        for (Work work : works) {
            total += work.chunks;
        }
        run(total, (index, worker) -> {
            int own = index;
            int which = 0;
            while (own >= works[which].chunks) {
                own -= works[which].chunks;
                which++;
            }
            works[which].chunk.run(own, worker);
        });
    }

    /** Runs all chunks; returns when all are done. */
    void run(int chunks, Chunk chunk) {
        if (Thread.currentThread() != caller) {
            library.keepToThisThread();
            caller = Thread.currentThread();
        }
        if (chunks <= 1 || helpers.length == 0) {
            for (int i = 0; i < chunks; i++) {
                chunk.run(i, workers[0]);
            }
            return;
        }
        Job mine = new Job(chunks, chunk);
        job = mine;
        for (Helper helper : helpers) {
            helper.wake();
        }
        mine.work(workers[0]);
        mine.await();
        job = null;
    }

    @Override
    public void close() {
        closed = true;
        for (Helper helper : helpers) {
            LockSupport.unpark(helper);
            try {
                helper.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the backend's threads end", e);
            }
        }
        for (Worker worker : workers) {
            worker.close();
        }
    }

    private static final class Job {

        private final int chunks;
        private final Chunk chunk;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();
        private volatile @Nullable Throwable failure;

        Job(int chunks, Chunk chunk) {
            this.chunks = chunks;
            this.chunk = chunk;
        }

        void work(Worker worker) {
            for (int i = next.getAndIncrement(); i < chunks; i = next.getAndIncrement()) {
                try {
                    chunk.run(i, worker);
                } catch (Throwable e) { // told to the caller, who would wait for ever otherwise
                    failure = e;
                }
                done.incrementAndGet();
            }
        }

        @SuppressWarnings("ThreadPriorityCheck") // a core's other users may hold the helper that is waited for
        void await() {
            for (int spins = 0; done.get() < chunks; spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
            Throwable thrown = failure;
            if (thrown != null) {
                throw new IllegalStateException("an operation failed", thrown);
            }
        }
    }

    private final class Helper extends Thread {

        private final Worker worker;
        private volatile boolean parked;

        Helper(Worker worker) {
            super("onednn-" + worker.index());
            this.worker = worker;
            setDaemon(true);
        }

        void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            library.keepToThisThread();
            Job last = null;
            int spins = 0;
            while (!closed) {
                Job current = job;
                if (current != null && current != last) {
                    current.work(worker);
                    last = current;
                    spins = 0;
                } else if (spins++ < SPINS) {
                    Thread.onSpinWait();
                } else {
                    last = null;
                    park();
                    spins = 0;
                }
            }
        }

        private void park() {
            parked = true;
            // Whoever hands out a job afterwards sees the flag; whoever did before is seen here.
            if (job == null && !closed) {
                LockSupport.park(Crew.this);
            }
            parked = false;
        }
    }
}
