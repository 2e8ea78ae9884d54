package apportion.model.compute.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_backward;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_add;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_linear;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_format_tag_any;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_layer_normalization_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_layer_normalization_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_clone;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_submemory;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_tag;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_binary;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_eltwise;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_sum;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_scratchpad_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reorder_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_rms_norm;
import static org.bytedeco.dnnl.global.dnnl.dnnl_scratchpad_mode_user;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_accurate;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_scale;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_shift;

import apportion.model.config.Norm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Makes oneDNN's operations. */
final class Primitives {

    /** How an array lies in memory. */
    sealed interface Layout permits Shape, Packed, PackedRows {
        /** A new description of it, for oneDNN, which the caller destroys. */
        dnnl_memory_desc descriptor();
    }

    /** A matrix in whatever order suits a product. */
    static final class Packed implements Layout {

        private final dnnl_memory_desc chosen;

        private Packed(dnnl_memory_desc chosen) {
            this.chosen = chosen;
        }

        /** The order that oneDNN likes best for one operand of a product. */
        static Packed any(long rows, long columns, int type) {
            dnnl_memory_desc any = new dnnl_memory_desc();
            Library.check(
                    dnnl_memory_desc_create_with_tag(any, 2, new long[] {rows, columns}, type, dnnl_format_tag_any),
                    "an order of its own");
            return new Packed(any);
        }

        long bytes() {
            return dnnl_memory_desc_get_size(chosen);
        }

        @Override
        public dnnl_memory_desc descriptor() {
            dnnl_memory_desc clone = new dnnl_memory_desc();
            Library.check(dnnl_memory_desc_clone(clone, chosen), "a description");
            return clone;
        }

        void close() {
            dnnl_memory_desc_destroy(chosen);
        }
    }

    /**
     * Some rows of a packed matrix, all columns wide; what runs on it is told where the whole matrix lies.
     *
     * @param first a multiple of 64, and so are the rows unless they are the last
     */
    record PackedRows(Packed whole, long first, long rows, long columns) implements Layout {

        @Override
        public dnnl_memory_desc descriptor() {
            dnnl_memory_desc descriptor = new dnnl_memory_desc();
            Library.check(
                    dnnl_memory_desc_create_submemory(
                            descriptor, whole.chosen, new long[] {rows, columns}, new long[] {first, 0}),
                    "some rows of a packed matrix");
            return descriptor;
        }
    }

    /**
     * An array whose numbers lie at equal distances.
     *
     * @param sizes of its dimensions, outermost first
     * @param strides numbers between neighbours in each dimension
     * @param type oneDNN's number of the type
     */
    record Shape(long[] sizes, long[] strides, int type) implements Layout {

        static Shape of(long[] sizes, long... strides) {
            return new Shape(sizes, strides, dnnl_f32);
        }

        static Shape dense(long... sizes) {
            long[] strides = new long[sizes.length];
            long stride = 1;
            for (int i = sizes.length - 1; i >= 0; i--) {
                strides[i] = stride;
                stride *= sizes[i];
            }
            return of(sizes, strides);
        }

        Shape as(int otherType) {
            return new Shape(sizes, strides, otherType);
        }

        @Override
        public dnnl_memory_desc descriptor() {
            dnnl_memory_desc descriptor = new dnnl_memory_desc();
            Library.check(
                    dnnl_memory_desc_create_with_strides(descriptor, sizes.length, sizes, type, strides),
                    "a shape of " + Arrays.toString(sizes));
            return descriptor;
        }
    }

    /**
     * What becomes of a product before it is written: {@code out = scale (a b + bias) + addend + out}.
     *
     * @param bias added to each row
     * @param scale of the product
     * @param addend added to the result; in a batch, one for all matrices or one for each
     * @param add whether to add to what is there
     */
    record Finish(Optional<Shape> bias, double scale, Optional<Shape> addend, boolean add) {
        static final Finish NONE = new Finish(Optional.empty(), 1, Optional.empty(), false);
        static final Finish ADD = new Finish(Optional.empty(), 1, Optional.empty(), true);

        static Finish scaled(double scale, boolean add) {
            return new Finish(Optional.empty(), scale, Optional.empty(), add);
        }
    }

    private final Library library;
    private final int workers;
    /** Descriptors and attributes to destroy as soon as a primitive has been made. */
    private final List<Runnable> temporary = new ArrayList<>();

    Primitives(Library library, int workers) {
        this.library = library;
        this.workers = workers;
    }

    /** {@code c = a b}; runs on a, b, c, then the addend, then the bias where there are some. */
    Primitive product(Shape a, Layout b, Shape c, Finish finish) {
        dnnl_post_ops operations = postOperations();
        int[] arguments = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};
        int position = 0;
        if (finish.scale() != 1) {
            Library.check(
                    dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_linear, (float) finish.scale(), 0),
                    "to scale a product");
            position++;
        }
        if (finish.addend().isPresent()) {
            Library.check(
                    dnnl_post_ops_append_binary(
                            operations,
                            dnnl_binary_add,
                            descriptor(finish.addend().get())),
                    "to add to a product");
            arguments = with(arguments, DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (position + 1) | DNNL_ARG_SRC_1);
        }
        if (finish.add()) {
            Library.check(dnnl_post_ops_append_sum(operations, 1, 0, 0), "to add up products");
        }
        if (finish.bias().isPresent()) {
            arguments = with(arguments, DNNL_ARG_BIAS);
        }
        dnnl_primitive_desc made = new dnnl_primitive_desc();
        Library.check(
                dnnl_matmul_primitive_desc_create(
                        made,
                        library.engine(),
                        descriptor(a),
                        descriptor(b),
                        finish.bias().map(this::descriptor).orElse(new dnnl_memory_desc()),
                        descriptor(c),
                        attributes(operations)),
                "a product");
        return primitive(made, arguments);
    }

    private static int[] with(int[] arguments, int another) {
        int[] longer = Arrays.copyOf(arguments, arguments.length + 1);
        longer[arguments.length] = another;
        return longer;
    }

    /** The order that the products of such operands like best for {@code b}. */
    Packed packed(Shape a, Shape b, Shape c) {
        Packed any = Packed.any(b.sizes()[0], b.sizes()[1], b.type());
        Primitive product = product(a, any, c, Finish.NONE);
        any.close();
        Packed chosen = new Packed(product.layout(1));
        product.close();
        return chosen;
    }

    /** Copies with another type or layout; runs on from, to. */
    Primitive reorder(Layout from, Layout to) {
        dnnl_primitive_desc made = new dnnl_primitive_desc();
        Library.check(
                dnnl_reorder_primitive_desc_create(
                        made,
                        descriptor(from),
                        library.engine(),
                        descriptor(to),
                        library.engine(),
                        attributes(postOperations())),
                "a copy");
        return primitive(made, DNNL_ARG_SRC, DNNL_ARG_DST);
    }

    /** Applies a function to each number; runs on in, out. */
    Primitive function(int algorithm, Shape x, float alpha) {
        return primitive(functionDescriptor(algorithm, x, alpha), DNNL_ARG_SRC, DNNL_ARG_DST);
    }

    private dnnl_primitive_desc functionDescriptor(int algorithm, Shape x, float alpha) {
        dnnl_primitive_desc made = new dnnl_primitive_desc();
        Library.check(
                dnnl_eltwise_forward_primitive_desc_create(
                        made,
                        library.engine(),
                        dnnl_forward_training,
                        algorithm,
                        descriptor(x),
                        descriptor(x),
                        alpha,
                        0,
                        attributes(postOperations())),
                "a function");
        return made;
    }

    /** Multiplies a gradient with a function's slope; runs on the function's input, the gradient, the result. */
    Primitive slope(int algorithm, Shape x, float alpha) {
        dnnl_primitive_desc made = new dnnl_primitive_desc();
        dnnl_primitive_desc forward = hint(functionDescriptor(algorithm, x, alpha));
        Library.check(
                dnnl_eltwise_backward_primitive_desc_create(
                        made,
                        library.engine(),
                        algorithm,
                        descriptor(x),
                        descriptor(x),
                        descriptor(x),
                        alpha,
                        0,
                        forward,
                        attributes(postOperations())),
                "a slope");
        return primitive(made, DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC);
    }

    /** Softmax of each row or its logarithm; runs on in, out. */
    Primitive softmax(int algorithm, Shape x) {
        return primitive(softmaxDescriptor(algorithm, x), DNNL_ARG_SRC, DNNL_ARG_DST);
    }

    private dnnl_primitive_desc softmaxDescriptor(int algorithm, Shape x) {
        dnnl_primitive_desc made = new dnnl_primitive_desc();
        Library.check(
                dnnl_softmax_forward_primitive_desc_create(
                        made,
                        library.engine(),
                        dnnl_forward_training,
                        algorithm,
                        descriptor(x),
                        descriptor(x),
                        x.sizes().length - 1,
                        attributes(postOperations())),
                "a softmax");
        return made;
    }

    /** Back-propagates through a softmax; runs on its result, the gradient, the result. */
    Primitive softmaxBackward(Shape x) {
        dnnl_primitive_desc made = new dnnl_primitive_desc();
        Library.check(
                dnnl_softmax_backward_primitive_desc_create(
                        made,
                        library.engine(),
                        dnnl_softmax_accurate,
                        descriptor(x),
                        descriptor(x),
                        descriptor(x),
                        x.sizes().length - 1,
                        hint(softmaxDescriptor(dnnl_softmax_accurate, x)),
                        attributes(postOperations())),
                "a softmax's gradient");
        return primitive(made, DNNL_ARG_DST, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC);
    }

    /** Normalises rows; runs on in, gain, out, variances, then bias, then means where there are some. */
    Primitive norm(Norm norm, boolean bias, long rows, long columns) {
        return primitive(
                normDescriptor(norm, bias, rows, columns),
                withNormsOwn(
                        norm, bias, DNNL_ARG_SHIFT, DNNL_ARG_SRC, DNNL_ARG_SCALE, DNNL_ARG_DST, DNNL_ARG_VARIANCE));
    }

    private static int[] withNormsOwn(Norm norm, boolean bias, int biasArgument, int... arguments) {
        int[] some = norm.type() == Norm.Type.LAYER ? with(arguments, DNNL_ARG_MEAN) : arguments;
        return bias ? with(some, biasArgument) : some;
    }

    private static int flags(Norm norm, boolean bias) {
        return dnnl_use_scale | (bias ? dnnl_use_shift : 0) | (norm.type() == Norm.Type.RMS ? dnnl_rms_norm : 0);
    }

    private dnnl_primitive_desc normDescriptor(Norm norm, boolean bias, long rows, long columns) {
        dnnl_primitive_desc made = new dnnl_primitive_desc();
        Shape x = Shape.dense(rows, columns);
        Library.check(
                dnnl_layer_normalization_forward_primitive_desc_create(
                        made,
                        library.engine(),
                        dnnl_forward_training,
                        descriptor(x),
                        descriptor(x),
                        descriptor(Shape.dense(rows)),
                        (float) norm.epsilon(),
                        flags(norm, bias),
                        attributes(postOperations())),
                "a norm");
        return made;
    }

    /**
     * Back-propagates through {@link #norm}; runs on in, the gradient, gain, variances, the result, the gain's
     * gradient, then the means, then the bias's gradient where there are some.
     */
    Primitive normBackward(Norm norm, boolean bias, long rows, long columns) {
        dnnl_primitive_desc made = new dnnl_primitive_desc();
        Shape x = Shape.dense(rows, columns);
        Library.check(
                dnnl_layer_normalization_backward_primitive_desc_create(
                        made,
                        library.engine(),
                        dnnl_backward,
                        descriptor(x),
                        descriptor(x),
                        descriptor(x),
                        descriptor(Shape.dense(rows)),
                        (float) norm.epsilon(),
                        flags(norm, bias),
                        hint(normDescriptor(norm, bias, rows, columns)),
                        attributes(postOperations())),
                "a norm's gradient");
        return primitive(
                made,
                withNormsOwn(
                        norm,
                        bias,
                        DNNL_ARG_DIFF_SHIFT,
                        DNNL_ARG_SRC,
                        DNNL_ARG_DIFF_DST,
                        DNNL_ARG_SCALE,
                        DNNL_ARG_VARIANCE,
                        DNNL_ARG_DIFF_SRC,
                        DNNL_ARG_DIFF_SCALE));
    }

    private dnnl_memory_desc descriptor(Layout layout) {
        dnnl_memory_desc descriptor = layout.descriptor();
        temporary.add(() -> dnnl_memory_desc_destroy(descriptor));
        return descriptor;
    }

    /** The forward pass that a backward pass must be told of. */
    private dnnl_primitive_desc hint(dnnl_primitive_desc forward) {
        temporary.add(() -> dnnl_primitive_desc_destroy(forward));
        return forward;
    }

    private dnnl_post_ops postOperations() {
        dnnl_post_ops operations = new dnnl_post_ops();
        Library.check(dnnl_post_ops_create(operations), "post-operations");
        temporary.add(() -> dnnl_post_ops_destroy(operations));
        return operations;
    }

    private dnnl_primitive_attr attributes(dnnl_post_ops operations) {
        dnnl_primitive_attr attributes = new dnnl_primitive_attr();
        Library.check(dnnl_primitive_attr_create(attributes), "attributes");
        temporary.add(() -> dnnl_primitive_attr_destroy(attributes));
        Library.check(
                dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "our own scratchpads");
        Library.check(dnnl_primitive_attr_set_post_ops(attributes, operations), "post-operations");
        return attributes;
    }

    private Primitive primitive(dnnl_primitive_desc descriptor, int... arguments) {
        Primitive made = new Primitive(library, workers, descriptor, arguments);
        temporary.forEach(Runnable::run);
        temporary.clear();
        return made;
    }
}
