package apportion.spark.dataset;

import apportion.data.pack.Part;
import apportion.data.pack.Split;
import apportion.data.tokenize.Tokenizer;
import apportion.spark.dataset.DatasetManifest.PartInfo;
import apportion.spark.failure.UserError;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** A prepared dataset, opened for reading; may travel in a Spark closure. */
public final class Dataset implements Serializable {

    public static final String MANIFEST = "manifest.json";
    public static final String TOKENIZER = "tokenizer.json";

    private static final int LARGEST_TEXT = 1 << 29;
    private static final String RERUN = "; delete the dataset and rerun prepare";

    private final Storage storage;
    private final String path;
    private final DatasetManifest manifest;

    private Dataset(Storage storage, String path, DatasetManifest manifest) {
        this.storage = storage;
        this.path = path;
        this.manifest = manifest;
    }

    /**
     * Opens the dataset in a directory; parts are checked when they are read.
     *
     * @throws UserError if there is none, or its manifest cannot be understood
     */
    public static Dataset open(Storage storage, String path) {
        String directory = storage.qualified(path);
        String file = Storage.child(directory, MANIFEST);
        if (!storage.exists(file)) {
            throw new UserError(path + " holds no dataset (it has no " + MANIFEST + "); run prepare first, or name the"
                    + " directory that prepare wrote");
        }
        try {
            String json = new String(storage.read(file, LARGEST_TEXT), StandardCharsets.UTF_8);
            return new Dataset(storage, directory, DatasetManifest.fromJson(json));
        } catch (IllegalArgumentException e) {
            throw new UserError(file + ": " + e.getMessage(), e);
        }
    }

    /** The directory, with its scheme. */
    public String path() {
        return path;
    }

    /** The path of one of its files. */
    public String file(String name) {
        return Storage.child(path, name);
    }

    public DatasetManifest manifest() {
        return manifest;
    }

    /** The tokenizer that encoded the texts. */
    public Tokenizer tokenizer() {
        byte[] json = checked(TOKENIZER, manifest.tokenizer().sha256());
        return Tokenizer.fromJson(new String(json, StandardCharsets.UTF_8));
    }

    /** The parts of a split, in the order of their rows. */
    public List<PartInfo> parts(Split split) {
        return manifest.split(split).parts();
    }

    /**
     * Reads one part into memory.
     *
     * @throws UserError if it is missing, or is not the file that the manifest vouches for
     */
    public Part read(PartInfo part) {
        byte[] bytes = checked(part.file(), part.sha256());
        try {
            return PartFile.read(bytes);
        } catch (IOException | RuntimeException e) {
            throw new UserError(
                    Storage.child(path, part.file()) + " is no part of a dataset: " + e.getMessage() + RERUN, e);
        }
    }

    private byte[] checked(String name, String sha256) {
        String file = Storage.child(path, name);
        if (!storage.exists(file)) {
            throw new UserError(file + " is missing, but the manifest lists it" + RERUN);
        }
        byte[] bytes = storage.read(file, LARGEST_TEXT);
        String actual = sha256(bytes);
        if (!actual.equals(sha256)) {
            throw new UserError(file + " has the SHA-256 " + actual + ", but the manifest says " + sha256 + RERUN);
        }
        return bytes;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
