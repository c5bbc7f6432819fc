import type { ListedObject } from '../../core/s3/listing.ts';
import { type ListedRun, listedRuns } from '../../core/sync/listedRuns.ts';
import { failedRuns } from '../../core/sync/runHistory.ts';
import { runTime } from '../../core/sync/runId.ts';
import { LevelBranch } from './levelBranch.ts';
import { type BranchContext, note } from './outputBranch.ts';
import type { EndedRunNode, OutputNode, RunNode, SyncNode } from './outputNodes.ts';
import { inOrder } from './outputOrder.ts';

/** The runs of a sync, newest first. */
export class SyncBranch extends LevelBranch<ListedRun, SyncNode> {
  readonly #others: Map<string, ListedObject>;

  constructor(context: BranchContext, node: SyncNode) {
    const { destination: name, syncId } = node;
    const others = new Map<string, ListedObject>();
    super(context, node, async function* (signal) {
      const { destination, store } = await context.stores.get(name);
      const learned = context.facts.learnLatest(name, [syncId], signal, () => undefined);
      const hint = async (): Promise<Date | undefined> => {
        await learned;
        const latest = context.facts.latest(name, syncId);
        return latest === undefined ? undefined : runTime(latest.runId);
      };
      const onOther = (object: ListedObject): void => void others.set(object.key, object);
      yield* listedRuns(store, destination.pathPrefix, syncId, { hint, onOther, signal });
    });
    this.#others = others;
  }

  async children(): Promise<OutputNode[]> {
    const context = this.context;
    const { destination, syncId, folder } = this.node;
    if (!(await this.begun())) return [];
    const runs = this.level.items.map((listed): RunNode =>
      context.keep({ kind: 'run', destination, syncId, runId: listed.runId, listed }),
    );
    this.#learn(runs);
    const others: OutputNode[] =
      this.others().length === 0 ? [] : [context.keep({ kind: 'others', destination, folder, syncId })];
    const ended = await this.#endedRuns();
    const nodes = [...inOrder([...runs, ...ended], context.facts), ...this.rest(), ...others];
    return nodes.length > 0 ? nodes : [note(context, this.node, 'Not run yet')];
  }

  /** Objects in the folder of which no run is known that has written them, as far as they have been come across. */
  others(): ListedObject[] {
    const { destination, syncId, folder } = this.node;
    const { facts } = this.context;
    const ofRuns = new Set(facts.filesOf(destination, syncId));
    return [...this.#others.values()].filter(({ key }) => key !== folder && !ofRuns.has(key));
  }

  /** Runs that failed on this machine. One whose commit had stopped may have been finished since. */
  async #endedRuns(): Promise<EndedRunNode[]> {
    const { destination, syncId } = this.node;
    const { destinations, history, keep } = this.context;
    const visible = new Set(this.level.items.map(({ runId }) => runId));
    const oldest = this.level.hasMore ? (this.level.items.at(-1)?.runId ?? '') : '';
    const failed = await failedRuns(history, destinations.fields(destination), syncId);
    return failed
      .filter(({ runId }) => !visible.has(runId) && runId > oldest)
      .map((run) => keep({ kind: 'endedRun', destination, syncId, run }));
  }

  #learn(runs: readonly RunNode[]): void {
    const { facts, changed } = this.context;
    const { destination, syncId } = this.node;
    const recorded = new Map(runs.filter(({ listed }) => listed.recorded).map((node) => [node.runId, node]));
    const { signal } = this.level;
    void facts.learnLatest(destination, [syncId], signal, () => changed([this.node]));
    void facts.learnRuns(destination, syncId, [...recorded.keys()], signal, (runId) => {
      const node = recorded.get(runId);
      if (node !== undefined) changed([node]);
    });
  }
}
