// Runs a sync in a process of its own, which can be killed. Arguments: the sync as JSON, and the query.
import { runSync, type SyncUnderTest } from './sync.ts';

const [sync = '', sql = ''] = process.argv.slice(2);
runSync(JSON.parse(sync) as SyncUnderTest, sql).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error((error as { code?: string }).code, (error as Error).message);
    process.exit(1);
  },
);
