package apportion.spark;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Which package may know which; Maven keeps the modules apart, this keeps the packages. */
final class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("apportion");

    @Test
    void theRulesSeeAllThreeModules() {
        assertThat(CLASSES).hasSizeGreaterThan(50);
        assertThat(CLASSES)
                .extracting(each -> each.getPackageName())
                .contains("apportion.model.config", "apportion.data", "apportion.spark.conf");
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching("apportion.(*).(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void onlyTheJobsKnowSpark() {
        noClasses()
                .that()
                .resideOutsideOfPackage("apportion.spark..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "apportion.spark..")
                .check(CLASSES);
    }

    @Test
    void modelAndDataDoNotKnowEachOther() {
        noClasses()
                .that()
                .resideInAPackage("apportion.model..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("apportion.data..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage("apportion.data..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("apportion.model..", "org.nd4j..", "org.deeplearning4j..")
                .check(CLASSES);
    }

    @Test
    void whatAModelIsNeedsTheJdkAlone() {
        classes()
                .that()
                .resideInAnyPackage(
                        "apportion.model.config..", "apportion.model.allocation..", "apportion.model.count..")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "java..",
                        "org.jspecify..",
                        "apportion.model.config..",
                        "apportion.model.allocation..",
                        "apportion.model.count.."))
                .check(CLASSES);
    }

    @Test
    void onlyConfKnowsHocon() {
        noClasses()
                .that()
                .resideOutsideOfPackage("apportion.spark.conf")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.typesafe.config..")
                .check(CLASSES);
    }

    @Test
    void onlyStorageKnowsHadoopsFileSystems() {
        noClasses()
                .that()
                .resideOutsideOfPackage("apportion.spark.storage")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.hadoop.fs..")
                .check(CLASSES);
    }

    @Test
    void onlyTheCommandLinePrintsAndExits() {
        noClasses()
                .that()
                .resideOutsideOfPackage("apportion.spark.cli")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackages("apportion.spark.cli", "apportion.spark")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("apportion.spark.cli", "picocli..")
                .check(CLASSES);
    }

    @Test
    void everyPackageIsNullMarked() {
        assertThat(CLASSES.stream().map(each -> each.getPackage()).distinct())
                .allMatch(each -> each.isAnnotatedWith(NullMarked.class));
    }
}
