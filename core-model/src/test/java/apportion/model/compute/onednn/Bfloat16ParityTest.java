package apportion.model.compute.onednn;

import apportion.model.compute.Precision;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf("cpuMultipliesBfloat16")
final class Bfloat16ParityTest extends ParityContract {

    Bfloat16ParityTest() {
        // Each operand is rounded by up to 2^-9 of itself.
        super(Precision.BFLOAT16, 1e-2);
    }

    static boolean cpuMultipliesBfloat16() {
        return Library.load().multipliesBfloat16();
    }
}
