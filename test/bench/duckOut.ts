// The query engine as a command of a pipeline: `node duckOut.ts FILE.parquet OUTPUT [gzip]` writes it as CSV.
import { DuckDBInstance } from '@duckdb/node-api';

const [source = '', output = '', compression] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(':memory:', { memory_limit: '512MB' })).connect();
const options = compression === undefined ? '' : `, COMPRESSION ${compression}`;
await connection.run(`COPY (FROM '${source}') TO '${output}' (FORMAT csv, HEADER, USE_TMP_FILE false${options})`);
