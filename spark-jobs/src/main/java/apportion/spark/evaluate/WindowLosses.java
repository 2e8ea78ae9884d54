package apportion.spark.evaluate;

import apportion.data.tokenize.Tokenizer;
import apportion.model.compute.Backend;
import apportion.model.compute.NativeMemory;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.Decoder;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.compute.MemoryNeed;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/** The work of one task: windows through the model, losses summed by document. */
record WindowLosses(ModelConfig model, ComputeConfig compute, int batch) implements Serializable {

    SortedMap<Long, DocumentLoss> byDocument(float[] parameters, List<Window> windows, Tokenizer tokenizer) {
        try {
            return sums(parameters, windows, tokenizer);
        } catch (OutOfMemoryError e) {
            throw need(parameters.length).unmet(NativeMemory.ofThisProcess(), e);
        }
    }

    private MemoryNeed need(int parameters) {
        return new MemoryNeed(
                (long) Float.BYTES * parameters,
                String.format(Locale.ROOT, "%,d parameters", parameters),
                "lower evaluate.batch (train.batch while training), which is " + batch);
    }

    private SortedMap<Long, DocumentLoss> sums(float[] parameters, List<Window> windows, Tokenizer tokenizer) {
        SortedMap<Long, DocumentLoss> sums = new TreeMap<>();
        try (Backend backend = compute.open();
                Tensor values = backend.allocate(1, parameters.length);
                // Nothing is ever back-propagated here, so the values stand in for the gradients.
                Decoder decoder = new Decoder(model, backend, values, values)) {
            backend.write(parameters, values);
            for (int from = 0; from < windows.size(); from += batch) {
                List<Window> some = windows.subList(from, Math.min(from + batch, windows.size()));
                int time = some.stream().mapToInt(Window::inputs).max().orElse(0);
                if (time > 0) {
                    float[] losses = decoder.losses(inputs(some, time), targets(some, time), time);
                    for (int w = 0; w < some.size(); w++) {
                        add(some.get(w), losses, w * time, tokenizer, sums);
                    }
                }
            }
        }
        return sums;
    }

    /** Short windows are padded behind their end, where causal attention does not look. */
    private static int[] inputs(List<Window> windows, int time) {
        int[] inputs = new int[windows.size() * time];
        for (int w = 0; w < windows.size(); w++) {
            System.arraycopy(
                    windows.get(w).tokens(), 0, inputs, w * time, windows.get(w).inputs());
        }
        return inputs;
    }

    private static int[] targets(List<Window> windows, int time) {
        int[] targets = new int[windows.size() * time];
        Arrays.fill(targets, Tokens.NONE);
        for (int w = 0; w < windows.size(); w++) {
            Window window = windows.get(w);
            for (int i = window.firstTarget(); i < window.tokens().length; i++) {
                targets[w * time + i - 1] = window.tokens()[i];
            }
        }
        return targets;
    }

    private static void add(
            Window window, float[] losses, int at, Tokenizer tokenizer, SortedMap<Long, DocumentLoss> sums) {
        long document = window.document();
        for (int i = 1; i < window.tokens().length; i++) {
            // The token that ends a document still belongs to it.
            if (window.tokens()[i - 1] == tokenizer.endOfDocument()) {
                document++;
            }
            if (i >= window.firstTarget()) {
                int target = window.tokens()[i];
                sums.merge(
                        document,
                        new DocumentLoss(losses[at + i - 1], 1, tokenizer.byteLength(target)),
                        DocumentLoss::plus);
            }
        }
    }
}
