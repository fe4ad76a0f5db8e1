// The whole of results.csv as text: written row by row, read back, repaired after a kill.

/// The contents of a `results.csv`.
public struct ResultFile: Sendable, Equatable {
    public let schema: ResultSchema
    public let rows: [ResultRow]
    /// Bytes of the file up to the end of its last complete row.
    ///
    /// A run that was killed while it wrote leaves a torn row behind: whoever appends cuts the file
    /// to this length first.
    public let completeByteCount: Int

    /// Reads the text of a file. A torn last row is left out; any other fault is thrown.
    public init(text: String) throws(ResultFileError) {
        let parsed: CSV.Records
        do throws(CSV.Malformed) {
            parsed = try CSV.parse(text)
        } catch {
            throw ResultFileError(line: error.line, problem: error.problem)
        }
        guard let header = parsed.records.first, let schema = ResultSchema(header: header.fields)
        else {
            throw ResultFileError(
                line: 1,
                problem: "the header is not that of a results file of this version; "
                    + "see Benchmarks/Report/README.md for the columns")
        }
        var rows: [ResultRow] = []
        for record in parsed.records.dropFirst() where record.isComplete {
            rows.append(try ResultRow(fields: record.fields, schema: schema, line: record.line))
        }
        self.schema = schema
        self.rows = rows
        completeByteCount = parsed.completeByteCount
    }

    /// The header line of a new file, with its line end.
    public static func headerLine(_ schema: ResultSchema) -> String { CSV.line(schema.header) }

    /// One row as a line, with its line end.
    public static func line(_ row: ResultRow, _ schema: ResultSchema) -> String {
        CSV.line(row.fields(schema))
    }
}
