//! Small reads that need no engine: chosen columns of chosen files, batch by batch.

use arrow::array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use refrain_record::table::{DataFile, TableSpec};

use crate::{Lake, LakeError};

impl Lake {
    /// Reads columns of one file. Files are at most some tens of megabytes, so one is read whole.
    ///
    /// # Shape
    /// Batches hold the columns that exist, in the file's order.
    ///
    /// # Errors
    /// [`LakeError::Parquet`] when the file is damaged, [`LakeError::Store`] when it is gone.
    pub async fn read(
        &self,
        table: &TableSpec,
        file: &DataFile,
        columns: &[&str],
    ) -> Result<Vec<RecordBatch>, LakeError> {
        let failed = |source| LakeError::Parquet { table: table.name.clone(), action: "read", source };
        let folder = self.location().child(&table.name);
        let bytes = folder
            .get(&file.path)
            .await?
            .ok_or_else(|| LakeError::Missing { table: table.name.clone(), path: file.path.clone() })?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(failed)?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        let reader = builder.with_projection(mask).build().map_err(failed)?;
        reader
            .collect::<Result<_, _>>()
            .map_err(|source| LakeError::Arrow { table: table.name.clone(), source })
    }
}
