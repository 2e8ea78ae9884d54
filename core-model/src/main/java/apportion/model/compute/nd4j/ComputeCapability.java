package apportion.model.compute.nd4j;

/**
 * The generation of an NVIDIA card, such as 8.6: which machine code it runs.
 *
 * @param major code of one major number runs on no other
 * @param minor code runs on cards of its own and of larger ones
 */
record ComputeCapability(int major, int minor) {

    /**
     * Whether ND4J's build for CUDA runs on such a card. It holds machine code for 3.7, 5.0, 5.2, 6.0, 6.1, 7.0, 7.5,
     * 8.0 and 8.6, read from the fat binaries in its library, and no PTX that a driver could compile for newer ones.
     */
    boolean isSupported() {
        return major == 3 ? minor >= 7 : major > 3 && major < 9;
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
