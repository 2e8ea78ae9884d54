package apportion.spark.compute;

import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.spark.failure.UserError;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What GPUs and a backend have to do with each other: first by Spark's settings, on the driver, then in each task. A
 * GPU is never left idle, nor taken without Spark's knowledge, unless the user has said so.
 *
 * @param cuda whether this build's ND4J computes on GPUs
 */
record GpuSettings(boolean cuda) {

    private static final Logger LOG = LoggerFactory.getLogger(GpuSettings.class);

    private static final String AMOUNT = "spark.task.resource.gpu.amount";
    private static final String WITHOUT = "leave " + AMOUNT + " out (or set it to 0) to compute on the CPU";

    static GpuSettings ofThisBuild() {
        return new GpuSettings(Backends.needsGpu(Backends.Kind.ND4J));
    }

    /**
     * The backend that {@code kind} stands for with these settings; {@code AUTO} stays if it is a matter of the CPU.
     *
     * @throws UserError if GPUs would be left idle, or are missing
     */
    Backends.Kind backend(Backends.Kind kind, Precision precision, SparkConf conf) {
        boolean isLocal = conf.get("spark.master", "local").matches("local(\\[.*)?");
        if (amount(conf) == 0) {
            if (cuda && kind == Backends.Kind.ND4J && !isLocal) {
                throw new UserError("compute.backend = nd4j computes on GPUs in this build, but Spark gives tasks none;"
                        + " add conf/cluster/gpu.conf to Spark's settings, or use compute.backend = onednn");
            }
            return kind;
        }
        if (isLocal) {
            throw new UserError(AMOUNT + " is set, but tasks of a local master get no GPU from Spark and would wait for"
                    + " ever; leave it out, or use local-cluster[1,1,1024]");
        }
        if (kind == Backends.Kind.ONEDNN) {
            LOG.warn("gpus=idle: {} is set, but compute.backend = onednn computes on the CPU", AMOUNT);
            return kind;
        }
        if (!cuda) {
            throw new UserError(AMOUNT
                    + " is set, but this build computes on the CPU; build with mvn -Pcuda package, or " + WITHOUT);
        }
        if (precision == Precision.BFLOAT16) {
            throw new UserError(AMOUNT + " is set, but train.precision = bfloat16 computes on the CPU alone; use float"
                    + " or double, or " + WITHOUT);
        }
        return Backends.Kind.ND4J;
    }

    /** A share of a GPU, too: several tasks then take turns on it. */
    private static double amount(SparkConf conf) {
        String amount = conf.get(AMOUNT, "0");
        try {
            double number = Double.parseDouble(amount);
            if (number >= 0 && number <= 1) {
                return number;
            }
        } catch (NumberFormatException e) {
            LOG.debug("{}={}", AMOUNT, amount, e);
        }
        throw new UserError(AMOUNT + " = " + amount + ", but it must be 1, or a share of one that tasks take turns on,"
                + " as a task computes on one GPU");
    }

    /**
     * The device of a task's backend, as CUDA counts them; empty on the CPU.
     *
     * @param kind with {@code AUTO} decided
     * @param given by Spark
     * @param inCluster whether this is a task of a cluster, which shares its host with others
     * @throws UserError if the two do not go together
     */
    OptionalInt device(Backends.Kind kind, Optional<TaskGpu> given, boolean inCluster) {
        if (kind == Backends.Kind.ND4J && !cuda && given.isPresent()) {
            throw new UserError("Spark gave a task GPU " + given.get().address() + ", but backend "
                    + kind.name().toLowerCase(Locale.ROOT) + " computes on the CPU in this build; build with mvn -Pcuda"
                    + " package, or " + WITHOUT);
        }
        if (kind != Backends.Kind.ND4J || !cuda) {
            return OptionalInt.empty();
        }
        if (given.isEmpty() && inCluster) {
            throw new UserError("backend nd4j computes on a GPU in this build, but Spark gave its task none; add"
                    + " conf/cluster/gpu.conf to Spark's settings");
        }
        // On a machine of one's own there is nobody to ask: the first.
        return OptionalInt.of(given.map(TaskGpu::number).orElse(0));
    }
}
