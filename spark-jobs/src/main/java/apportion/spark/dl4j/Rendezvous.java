package apportion.spark.dl4j;

import apportion.spark.dl4j.Workers.Report;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.rpc.RpcCallContext;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcEnv;
import org.apache.spark.rpc.ThreadSafeRpcEndpoint;
import org.apache.spark.util.RpcUtils;
import org.jspecify.annotations.Nullable;
import scala.Function1;
import scala.PartialFunction;
import scala.concurrent.Await;
import scala.concurrent.Future;
import scala.concurrent.duration.Duration;
import scala.reflect.ClassTag;
import scala.runtime.AbstractPartialFunction;
import scala.runtime.BoxedUnit;

/**
 * Where the tasks of one job meet after each round, on the driver: who comes waits for the others, and all leave with
 * the average.
 *
 * <p>Spoken to through Spark's own messages between driver and executors, which authenticate and encrypt as the cluster
 * is set to. Spark's barrier would do for the waiting, but looks only once a second whether all have come.
 */
final class Rendezvous implements ThreadSafeRpcEndpoint, AutoCloseable {

    private final RpcEnv messages = SparkEnv.get().rpcEnv();
    private final String name = "apportion-rendezvous-" + UUID.randomUUID();
    private final RpcEndpointRef here;
    private final @Nullable Arrival[] arrived;
    private final RpcCallContext[] waiting;

    /** A worker with what came of its round. */
    private record Arrival(int worker, Report report) implements Serializable {}

    /** How a task finds it. */
    record Place(String name) implements Serializable {

        Visit visit() {
            SparkEnv env = SparkEnv.get();
            return new Visit(RpcUtils.makeDriverRef(name, env.conf(), env.rpcEnv()));
        }
    }

    /** A task's way there and back. */
    record Visit(RpcEndpointRef driver) {

        private static final ClassTag<Average> AVERAGE = ClassTag.apply(Average.class);
        private static final Duration PATIENCE = Duration.create("200ms");

        /** Waits for the other workers, however long a round takes, unless Spark kills the task. */
        Average meet(int worker, Report report) {
            Future<Average> average = driver.ask(new Arrival(worker, report), RpcUtils.INFINITE_TIMEOUT(), AVERAGE);
            while (!average.isCompleted()) {
                try {
                    Await.ready(average, PATIENCE);
                } catch (TimeoutException e) {
                    if (TaskContext.get().isInterrupted()) {
                        throw new TaskKilledException("while it waited for the other workers");
                    }
                } catch (InterruptedException e) {
                    throw new TaskKilledException("while it waited for the other workers");
                }
            }
            return average.value().get().get();
        }
    }

    Rendezvous(int workers) {
        this.arrived = new Arrival[workers];
        this.waiting = new RpcCallContext[workers];
        this.here = messages.setupEndpoint(name, this);
    }

    Place place() {
        return new Place(name);
    }

    @Override
    public RpcEnv rpcEnv() {
        return messages;
    }

    @Override
    public PartialFunction<Object, BoxedUnit> receiveAndReply(RpcCallContext caller) {
        return new AbstractPartialFunction<>() {

            @Override
            public boolean isDefinedAt(Object message) {
                return message instanceof Arrival;
            }

            @Override
            @SuppressWarnings("unchecked") // Scala's type for what is answered to others
            public <A, B> B applyOrElse(A message, Function1<A, B> otherwise) {
                if (message instanceof Arrival arrival) {
                    receive(arrival, caller);
                    return (B) BoxedUnit.UNIT;
                }
                return otherwise.apply(message);
            }
        };
    }

    private void receive(Arrival arrival, RpcCallContext caller) {
        arrived[arrival.worker] = arrival;
        waiting[arrival.worker] = caller;
        List<Report> reports =
                Stream.of(arrived).filter(Objects::nonNull).map(Arrival::report).toList();
        if (reports.size() < arrived.length) {
            return;
        }
        Average average = Average.of(reports);
        for (int worker = 0; worker < arrived.length; worker++) {
            waiting[worker].reply(average);
            arrived[worker] = null;
        }
    }

    @Override
    public void close() {
        messages.stop(here);
    }
}
