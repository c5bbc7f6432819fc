// Runs in the extension host: takes exports from the bench, one after the other, and tells it what each took.
const fs = require('node:fs');
const vscode = require('vscode');

const TICKS = 100;
const run = (command, argument) => vscode.commands.executeCommand(`s3Destinations.${command}`, argument);

/** Waits until the host has started its other extensions, as it is ours that is measured. */
async function idle() {
  for (let tries = 0; tries < 30; tries++) {
    const before = performance.eventLoopUtilization();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if (performance.eventLoopUtilization(before).utilization < 0.05) return;
  }
}

/** CPU seconds of this process and of its children that have ended. */
function cpuSeconds() {
  const fields = fs.readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0) / TICKS;
}

exports.run = async () => {
  const { BENCH_URL } = process.env;
  const extension = vscode.extensions.getExtension('s3destinations.s3-destinations');
  await idle();
  const began = performance.now();
  await extension.activate();
  await fetch(`${BENCH_URL}/activated?ms=${performance.now() - began}&pid=${process.pid}`);
  // The data of the workspace is a link to where it is kept.
  const settings = vscode.workspace.getConfiguration('s3Destinations');
  await settings.update('query.allowOutsideWorkspace', true, vscode.ConfigurationTarget.Global);
  for (;;) {
    const order = await (await fetch(`${BENCH_URL}/next`)).json();
    if (order.command === 'end') return;
    for (const [name, value] of Object.entries(order.settings ?? {})) {
      await vscode.workspace.getConfiguration('s3Destinations').update(name, value, vscode.ConfigurationTarget.Global);
    }
    const cpu = cpuSeconds();
    const start = performance.now();
    let outcome;
    try {
      const result = await run(order.command, order.argument);
      outcome = { result, seconds: (performance.now() - start) / 1000, cpuSeconds: cpuSeconds() - cpu };
    } catch (error) {
      outcome = { error: error.message };
    }
    await fetch(`${BENCH_URL}/done`, { method: 'POST', body: JSON.stringify(outcome) });
  }
};
