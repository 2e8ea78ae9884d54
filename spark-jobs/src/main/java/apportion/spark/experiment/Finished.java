package apportion.spark.experiment;

import apportion.spark.storage.Storage;
import apportion.spark.study.Study;
import apportion.spark.study.StudyFiles;

/**
 * An experiment that has ended.
 *
 * @param report file of the page
 */
public record Finished(String report, Study study) {

    /** Writes a study's page and its numbers into an experiment's directory. */
    public static Finished write(Storage storage, String directory, Study study) {
        StudyFiles files = StudyFiles.of(study);
        String report = Storage.child(directory, "report.html");
        storage.writeAtomically(Storage.child(directory, "report.json"), files.json());
        storage.writeAtomically(report, files.html());
        return new Finished(report, study);
    }
}
