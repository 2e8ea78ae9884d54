package apportion.model.compute.onednn;

import apportion.model.compute.Backend;
import apportion.model.compute.CausalAttention;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.compute.nd4j.Nd4jBackend;
import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import apportion.model.optim.AdamWConfig;
import apportion.model.optim.Optimizer;
import apportion.model.optim.Schedule;
import apportion.model.transformer.Decoder;
import apportion.model.transformer.ParameterLayout;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Times training steps and tells which operation takes how much: {@code StepBench SHAPE BACKEND PRECISION THREADS
 * STEPS}.
 */
final class StepBench {

    private static final Map<String, double[]> TIMES = new TreeMap<>();

    private StepBench() {}

    private record Shape(ModelConfig model, int batch, int time) {}

    private static Shape shape(String name) {
        return switch (name) {
            case "small" -> new Shape(model(256, 128, 256, 4, 8, 32, 1024), 16, 128);
            case "narrow" -> new Shape(model(256, 128, 256, 4, 32, 8, 1024), 16, 128);
            case "medium" -> new Shape(model(8192, 256, 512, 6, 8, 64, 2048), 8, 256);
            case "tiny" -> new Shape(model(256, 64, 64, 2, 4, 16, 256), 8, 64);
            default -> throw new IllegalArgumentException("no shape " + name);
        };
    }

    private static ModelConfig model(int v, int t, int c, int layers, int heads, int d, int f) {
        return new ModelConfig(
                v,
                t,
                c,
                layers,
                new BlockConfig(
                        AttentionConfig.uniform(heads, d),
                        new FeedForwardConfig(f, Activation.GELU),
                        new Norm(Norm.Type.LAYER, 1e-5),
                        true,
                        0),
                new Positions.Learned(),
                new Sharing(Sharing.Embedding.FULL),
                0.02);
    }

    private static double flops(Shape s) {
        ModelConfig m = s.model;
        double n = s.batch * (double) s.time;
        double c = m.width();
        double a = m.attentionWidth();
        double f = m.block().feedForward().width();
        double perLayer = 2 * n * (3 * c * a + a * c + 2 * c * f) + 2 * n * s.time / 2.0 * a * 2;
        return 3 * (m.layers() * perLayer + 2 * n * c * m.vocabulary());
    }

    public static void main(String[] args) {
        Shape shape = shape(args[0]);
        int threads = Integer.parseInt(args[3]);
        Precision precision = Precision.valueOf(args[2].toUpperCase(java.util.Locale.ROOT));
        Backend plain = args[1].equals("nd4j") ? new Nd4jBackend(precision) : new OneDnnBackend(precision, threads);
        int steps = Integer.parseInt(args[4]);
        for (boolean profiled : new boolean[] {false, true}) {
            run(shape, profiled ? profiled(plain) : plain, steps, profiled);
        }
    }

    private static void run(Shape shape, Backend backend, int steps, boolean profiled) {
        ParameterLayout layout = ParameterLayout.of(shape.model);
        Tensor values = backend.allocate(1, layout.size());
        Tensor gradients = backend.allocate(1, layout.size());
        backend.write(layout.initialize(7), values);
        Decoder decoder = new Decoder(shape.model, backend, values, gradients);
        Optimizer optimizer = new Optimizer(
                backend,
                new AdamWConfig(1e-3, 0.9, 0.95, 1e-8, 0.1),
                new Schedule.Constant(10),
                100000,
                1,
                layout.decayed(),
                values,
                gradients);
        Random random = new Random(1);
        int n = shape.batch * shape.time;
        int[] in = random.ints(n, 0, shape.model.vocabulary()).toArray();
        int[] out = random.ints(n, 0, shape.model.vocabulary()).toArray();
        double[] walls = new double[steps];
        double[] cpus = new double[steps];
        OperatingSystemMXBean os = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        var threadBean = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        double loss = 0;
        long bytes = 0;
        int warm = 5;
        for (int step = 0; step < steps + warm; step++) {
            if (step == warm) {
                TIMES.clear();
            }
            long b0 = threadBean.getThreadAllocatedBytes(Thread.currentThread().getId());
            long c0 = os.getProcessCpuTime();
            long t0 = System.nanoTime();
            backend.clear(gradients);
            loss = decoder.accumulate(in, out, shape.time, 1.0 / n, step) / n;
            optimizer.step(step + 1);
            if (step >= warm) {
                walls[step - warm] = (System.nanoTime() - t0) * 1e-6;
                cpus[step - warm] = (os.getProcessCpuTime() - c0) * 1e-6;
            }
            bytes = threadBean.getThreadAllocatedBytes(Thread.currentThread().getId()) - b0;
        }
        Arrays.sort(walls);
        Arrays.sort(cpus);
        double gflop = flops(shape) * 1e-9;
        System.out.printf(
                "%s loss %.5f  wall median %.1f min %.1f ms  cpu median %.1f min %.1f ms  %.1f GFLOP  %.1f GFLOP/s(median) %.1f(min)  garbage %d B%n",
                profiled ? "profiled" : "plain   ",
                loss,
                walls[steps / 2],
                walls[0],
                cpus[steps / 2],
                cpus[0],
                gflop,
                gflop / walls[steps / 2] * 1e3,
                gflop / walls[0] * 1e3,
                bytes);
        if (profiled) {
            double all = TIMES.values().stream().mapToDouble(t -> t[0]).sum();
            TIMES.entrySet().stream()
                    .sorted((x, y) -> Double.compare(y.getValue()[0], x.getValue()[0]))
                    .forEach(e -> System.out.printf(
                            "  %-50s %7.2f ms %5.1f%%  x%d%n",
                            e.getKey(), e.getValue()[0] / steps, 100 * e.getValue()[0] / all, (int)
                                    (e.getValue()[1] / steps)));
        }
        decoder.close();
        optimizer.close();
        values.close();
        gradients.close();
    }

    private static Backend profiled(Backend backend) {
        return timed(Backend.class, backend, "");
    }

    private static <T> T timed(Class<T> type, T target, String prefix) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            long t0 = System.nanoTime();
            Object result;
            try {
                result = method.invoke(target, args);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
            StringBuilder name = new StringBuilder(prefix + method.getName());
            if (args != null) {
                for (Object arg : args) {
                    if (arg instanceof Tensor t && !method.getName().equals("slice")) {
                        name.append(' ').append(t.rows()).append('x').append(t.columns());
                    }
                }
            }
            double[] sum = TIMES.computeIfAbsent(name.toString(), k -> new double[2]);
            sum[0] += (System.nanoTime() - t0) * 1e-6;
            sum[1]++;
            return result instanceof CausalAttention attention
                    ? timed(CausalAttention.class, attention, "attention ")
                    : result;
        }));
    }
}
