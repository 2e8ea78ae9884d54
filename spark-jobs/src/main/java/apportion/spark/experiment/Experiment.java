package apportion.spark.experiment;

/**
 * The section {@code experiment}, whose key {@code type} names the case.
 *
 * <p>The cases stand in one package because a sealed interface outside of a Java module can permit no others.
 */
public sealed interface Experiment permits Variants, Bound, Tasks, Saturation, Compression {

    /** Directory of the experiment. */
    String output();

    /** What is done with each case. */
    <T> T match(Cases<T> cases);

    /** Something for each case. */
    interface Cases<T> {

        /** Ways to train, compared. */
        T variants(Variants experiment);

        /** A bound beside points of a published curve. */
        T bound(Bound experiment);

        /** Synthetic tasks, learned with different heads. */
        T tasks(Tasks experiment);

        /** How the softmax saturates as sequences grow. */
        T saturation(Saturation experiment);

        /** Trained heads replaced by smaller ones. */
        T compression(Compression experiment);
    }
}
