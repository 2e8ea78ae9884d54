package apportion.spark.dl4j;

import java.io.Serializable;
import java.util.List;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.spark.api.TrainingHook;
import org.jspecify.annotations.Nullable;

/** What workers need to know of a network for many rounds; an executor unpacks it once. */
final class Setting implements Serializable {

    private static final long serialVersionUID = 1;

    private final String configuration;
    private final List<TrainingHook> hooks;
    private transient @Nullable MultiLayerConfiguration parsed;

    private Setting(String configuration, List<TrainingHook> hooks) {
        this.configuration = configuration;
        this.hooks = List.copyOf(hooks);
    }

    /** How far the network has counted is left out: each worker counts for itself. */
    static Setting of(MultiLayerNetwork network, List<TrainingHook> hooks) {
        MultiLayerConfiguration configuration = network.getLayerWiseConfigurations();
        int iterations = configuration.getIterationCount();
        configuration.setIterationCount(0);
        try {
            return new Setting(configuration.toJson(), hooks);
        } finally {
            configuration.setIterationCount(iterations);
        }
    }

    /** Whether workers would notice the difference. */
    boolean isLike(Setting other) {
        return configuration.equals(other.configuration) && hooks.equals(other.hooks);
    }

    List<TrainingHook> hooks() {
        return hooks;
    }

    /** A network of its own for one round: ND4J's workspaces belong to threads, so none goes from task to task. */
    MultiLayerNetwork network(Numbers parameters) {
        MultiLayerConfiguration own = parsed().clone();
        MultiLayerNetwork network = new MultiLayerNetwork(own);
        network.init(parameters.vector(own.getDataType()), false);
        return network;
    }

    private synchronized MultiLayerConfiguration parsed() {
        MultiLayerConfiguration known = parsed;
        if (known == null) {
            known = MultiLayerConfiguration.fromJson(configuration);
            parsed = known;
        }
        return known;
    }
}
