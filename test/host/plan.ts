/** What the runner tells the entry module that the extension host loads; kept as `plan.json` beside that module. */
export interface HostPlan {
  /** Takes the console of the extension host, line by line; absolute. */
  output: string;
  /** Takes a `HostResult` as JSON when `run` has ended by itself; absolute. */
  result: string;
  /** Either one CommonJS module with a `run()`, absolute … */
  file?: string;
  /** … or the bundles of mocha test files, absolute. */
  suite?: { bundles: string[]; grep?: string; repository: string };
}

/** How the tests ended. */
export interface HostResult {
  ok: boolean;
  /** Missing when a single file was run, or the tests could not be loaded. */
  stats?: { passed: number; failed: number; pending: number };
}
