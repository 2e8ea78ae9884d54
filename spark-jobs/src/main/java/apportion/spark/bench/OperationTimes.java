package apportion.spark.bench;

import apportion.model.compute.Backend;
import apportion.model.compute.CausalAttention;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.TreeMap;

/** Stands before a backend and adds up how long the calls of each of its operations take. */
final class OperationTimes {

    private static final String ATTENTION = "attention ";

    private final Map<String, Long> nanos = new TreeMap<>();

    /** The backend, timed. */
    Backend of(Backend backend) {
        return timed(backend, Backend.class, "");
    }

    private <T> T timed(T target, Class<T> type, String prefix) {
        Object proxy =
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    long start = System.nanoTime();
                    Object result;
                    try {
                        result = method.invoke(target, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    nanos.merge(prefix + method.getName(), System.nanoTime() - start, Long::sum);
                    return result instanceof CausalAttention attention
                            ? timed(attention, CausalAttention.class, ATTENTION)
                            : result;
                });
        return type.cast(proxy);
    }

    /** Forgets what was timed so far. */
    void restart() {
        nanos.clear();
    }

    /** Seconds of one of so many steps, by operation. */
    Map<String, Double> secondsPerStep(int steps) {
        Map<String, Double> seconds = new TreeMap<>();
        nanos.forEach((operation, time) -> seconds.put(operation, time * 1e-9 / steps));
        return seconds;
    }
}
