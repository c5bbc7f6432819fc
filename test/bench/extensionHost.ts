import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { REPOSITORY } from '../vscode/install.ts';
import { type Sample, treeBytes } from './measure.ts';

const SAMPLE_EVERY_MS = 50;

/** The host has other children, which belong to the editor's own extensions. */
const isExporter = (commandLine: string): boolean => commandLine.includes('exporter.cjs');

/** A command of the extension, and the settings under which it runs. */
interface Order {
  command: string;
  argument?: unknown;
  settings?: Record<string, unknown>;
}

type Outcome = { seconds: number; cpuSeconds: number; result: unknown } | { error: string };

/** A real extension host with the extension in it, that carries out one command after the other. */
export class ExtensionHost {
  readonly #server = http.createServer((request, response) => void this.#answer(request, response));
  readonly #orders: Order[] = [];
  #child: ChildProcess | undefined;
  #waiting: http.ServerResponse | undefined;
  #outcome: PromiseWithResolvers<Outcome> | undefined;
  #pid = 0;
  /** What it took to activate the extension. */
  activationMs = Number.NaN;

  /** Starts it. @param workspace the folder that it opens */
  static async start(workspace: string): Promise<ExtensionHost> {
    const host = new ExtensionHost();
    host.#server.listen(0, '127.0.0.1');
    await once(host.#server, 'listening');
    const { port } = host.#server.address() as AddressInfo;
    const module = path.join(import.meta.dirname, 'hostRounds.cjs');
    const args = ['test/host/run.ts', '--file', module, '--workspace', workspace, '--timeout', '3600'];
    const env = { ...process.env, BENCH_URL: `http://127.0.0.1:${port}` };
    host.#child = spawn('node', args, { cwd: REPOSITORY, env, stdio: ['ignore', 'ignore', 'inherit'] });
    return host;
  }

  /** Runs a command. @throws when the command fails */
  async run(command: string, argument: unknown): Promise<unknown> {
    const outcome = await this.#order({ command, argument });
    if ('error' in outcome) throw new Error(outcome.error);
    return outcome.result;
  }

  /** Runs an export and says what it took: wall time as the caller sees it, CPU and memory of host and exporter together. */
  async measure(command: string, argument: unknown, settings: Record<string, unknown> = {}): Promise<Sample> {
    let peakBytes = 0;
    const timer = setInterval(
      () => (peakBytes = Math.max(peakBytes, treeBytes(this.#pid, isExporter))),
      SAMPLE_EVERY_MS,
    );
    const outcome = await this.#order({ command, argument, settings });
    clearInterval(timer);
    if ('error' in outcome) throw new Error(outcome.error);
    const { seconds, cpuSeconds, result } = outcome;
    const outputBytes = (result as RunResult).files.reduce((sum, { bytes }) => sum + bytes, 0);
    return { seconds, cpuSeconds, peakBytes, outputBytes };
  }

  async stop(): Promise<void> {
    void this.#order({ command: 'end' });
    if (this.#child?.exitCode === null) await once(this.#child, 'exit');
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #order(order: Order): Promise<Outcome> {
    this.#outcome = Promise.withResolvers<Outcome>();
    this.#orders.push(order);
    this.#handOut();
    return this.#outcome.promise;
  }

  #handOut(): void {
    if (this.#waiting === undefined) return;
    const order = this.#orders.shift();
    if (order === undefined) return;
    this.#waiting.end(JSON.stringify(order));
    this.#waiting = undefined;
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://localhost');
    if (url.pathname === '/activated') {
      this.activationMs = Number(url.searchParams.get('ms'));
      this.#pid = Number(url.searchParams.get('pid'));
      response.end();
    } else if (url.pathname === '/next') {
      this.#waiting = response;
      this.#handOut();
    } else {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.end();
      this.#outcome?.resolve(JSON.parse(Buffer.concat(chunks).toString()) as Outcome);
    }
  }
}
