package apportion.spark.train;

import apportion.spark.failure.Failure;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.TaskInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for the replicas of a round, but not for ever.
 *
 * <p>Those that are late are named and killed once, so that Spark starts them again; Spark's task reaper logs what they
 * were doing, and ends an executor that cannot be interrupted. A replica's round is a function of what it is given, so
 * the second try has the same result. If that is late, too, the run ends.
 */
final class RoundWatch extends SparkListener implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RoundWatch.class);
    private static final String GROUP = "spark.jobGroup.id";

    private final JavaSparkContext context;
    private final String group;
    private final Set<Integer> stages = ConcurrentHashMap.newKeySet();
    private final Map<Long, TaskInfo> running = new ConcurrentHashMap<>();

    /** Begins to listen. */
    RoundWatch(JavaSparkContext context, String group) {
        this.context = context;
        this.group = group;
        context.sc().addSparkListener(this);
    }

    @Override
    public void onJobStart(SparkListenerJobStart job) {
        Properties properties = job.properties();
        if (properties != null && group.equals(properties.getProperty(GROUP))) {
            job.stageInfos().foreach(stage -> stages.add(stage.stageId()));
        }
    }

    @Override
    public void onTaskStart(SparkListenerTaskStart start) {
        if (stages.contains(start.stageId())) {
            running.put(start.taskInfo().taskId(), start.taskInfo());
        }
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        running.remove(end.taskInfo().taskId());
    }

    /**
     * All elements of an RDD that has one for each replica.
     *
     * @param description for Spark's interface and for messages, such as {@code round 7 of 10}
     * @param limit seconds for each of two tries
     * @throws Failure if both were not enough
     */
    <T> List<T> collect(JavaRDD<T> replicas, String description, double limit) {
        context.setJobGroup(group, description, true);
        JavaFutureAction<List<T>> job = replicas.collectAsync();
        try {
            return Double.isInfinite(limit) ? job.get() : within(limit, job, description);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? Failure.within(cause) : new IllegalStateException(e);
        } catch (InterruptedException e) {
            job.cancel(true);
            Thread.currentThread().interrupt();
            throw new Failure(description + ": interrupted; the last checkpoint is intact: run again to go on", e);
        } finally {
            context.clearJobGroup();
            stages.clear();
        }
    }

    private <T> T within(double limit, JavaFutureAction<T> job, String description)
            throws ExecutionException, InterruptedException {
        boolean again = false;
        long patience = Math.round(1e3 * limit);
        while (true) {
            try {
                return job.get(patience, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                long left = millisecondsLeft(limit);
                if (left > 0) {
                    // Nobody is late who waits for a slot: how long that may take is the cluster's setting.
                    patience = left;
                    continue;
                }
                patience = Math.round(1e3 * limit);
                if (again) {
                    job.cancel(true);
                    throw new Failure(
                            description + ": " + words(late(limit)) + " within " + seconds(limit)
                                    + ", and again when started anew;"
                                    + " the last checkpoint is intact: run again to go on, or raise train.patience",
                            e);
                }
                again = true;
                startAgain(description, limit);
            }
        }
    }

    /** Until the limit of the replica that has run longest; the whole of it if none runs. */
    private long millisecondsLeft(double limit) {
        long now = System.currentTimeMillis();
        long longest = running.values().stream()
                .mapToLong(task -> now - task.launchTime())
                .max()
                .orElse(0);
        return Math.round(1e3 * limit) - longest;
    }

    private void startAgain(String description, double limit) {
        List<TaskInfo> late = late(limit);
        LOG.warn("{}: {} within {}; started again", description, words(late), seconds(limit));
        for (TaskInfo task : late) {
            context.sc().killTaskAttempt(task.taskId(), true, "late in " + description);
        }
    }

    private List<TaskInfo> late(double limit) {
        long latest = System.currentTimeMillis() - Math.round(1e3 * limit);
        return running.values().stream()
                .filter(task -> task.launchTime() <= latest)
                .sorted(Comparator.comparingInt(TaskInfo::partitionId))
                .toList();
    }

    /** Such as {@code replica 1 (executor 4 on host) did not answer}. */
    private static String words(List<TaskInfo> late) {
        return late.stream()
                        .map(task -> "replica " + task.partitionId() + " (executor " + task.executorId() + " on "
                                + task.host() + ")")
                        .collect(Collectors.joining(", "))
                + " did not answer";
    }

    private static String seconds(double limit) {
        return String.format(Locale.ROOT, "%.0f s", limit);
    }

    @Override
    public void close() {
        context.sc().removeSparkListener(this);
    }
}
