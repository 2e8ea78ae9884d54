package apportion.model.compute.onednn;

import apportion.model.compute.Precision;

final class FloatParityTest extends ParityContract {

    FloatParityTest() {
        // Some thousand roundings of 6e-8 each.
        super(Precision.FLOAT, 1e-4);
    }
}
