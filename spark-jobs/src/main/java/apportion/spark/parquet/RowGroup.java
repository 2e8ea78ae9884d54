package apportion.spark.parquet;

import java.io.Serializable;

/**
 * A run of a table's rows that is stored together.
 *
 * @param index its place in the file
 * @param firstRow of the file's rows, counted from 0
 * @param bytes of the column, decompressed, as the file says
 */
public record RowGroup(int index, long firstRow, long rows, long bytes) implements Serializable {}
