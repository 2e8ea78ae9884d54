package apportion.model.transformer;

import apportion.model.compute.AttentionWeights;
import apportion.model.compute.Backend;
import apportion.model.compute.CausalAttention;
import apportion.model.compute.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Optional;

/** Counts the numbers that the tensors of a backend hold, those that are open. */
final class Tally {

    private final Backend backend;
    private long open;

    Tally(Backend backend) {
        this.backend = backend;
    }

    /** Numbers in tensors that were allocated through {@link #counting()} and not closed. */
    long open() {
        return open;
    }

    private record Counted(Tensor tensor, Runnable closed) implements Tensor {

        @Override
        public long rows() {
            return tensor.rows();
        }

        @Override
        public long columns() {
            return tensor.columns();
        }

        @Override
        public Tensor slice(long offset, long rows, long columns) {
            return new Counted(tensor.slice(offset, rows, columns), () -> {});
        }

        @Override
        public void close() {
            tensor.close();
            closed.run();
        }
    }

    /** The same backend. */
    Backend counting() {
        return passing(Backend.class, backend);
    }

    private <T> T passing(Class<T> type, T target) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> result(call(method, target, arguments))));
    }

    private static Object call(Method method, Object target, Object[] arguments) throws Throwable {
        try {
            Object[] plain = arguments == null
                    ? new Object[0]
                    : Arrays.stream(arguments).map(Tally::plain).toArray();
            return method.invoke(target, plain);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private Object result(Object result) {
        if (result instanceof Tensor tensor) {
            open += tensor.size();
            return new Counted(tensor, () -> open -= tensor.size());
        }
        return result instanceof CausalAttention attention ? passing(CausalAttention.class, attention) : result;
    }

    private static Object plain(Object argument) {
        if (argument instanceof Counted counted) {
            return counted.tensor;
        }
        if (argument instanceof Optional<?> optional) {
            return optional.map(Tally::plain);
        }
        return argument instanceof AttentionWeights weights
                ? new AttentionWeights(
                        plain(weights.diagonals_3a()),
                        plain(weights.queryGains_1g()),
                        plain(weights.keyGains_1g()),
                        plain(weights.distanceBias_hr()))
                : argument;
    }

    private static Optional<Tensor> plain(Optional<Tensor> tensor) {
        return tensor.map(counted -> ((Counted) counted).tensor);
    }
}
