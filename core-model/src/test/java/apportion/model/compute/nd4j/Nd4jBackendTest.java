package apportion.model.compute.nd4j;

import apportion.model.compute.BackendContract;
import apportion.model.compute.Precision;

final class Nd4jBackendTest extends BackendContract {

    Nd4jBackendTest() {
        super(new Nd4jBackend(Precision.FLOAT));
    }
}
