import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';

const ID = 's3destinations.s3-destinations';

interface Manifest {
  icon: string;
  main: string;
  activationEvents: string[];
  capabilities: { untrustedWorkspaces: { supported: boolean } };
  contributes: {
    commands: { command: string; title: string; category: string; icon?: string }[];
    menus: Record<string, { command?: string; when?: string; group?: string }[]>;
    views: Record<string, { id: string; name: string; icon: string }[]>;
    viewsContainers: { activitybar: { id: string; icon: string }[] };
    viewsWelcome: { view: string; contents: string }[];
    configuration: {
      properties: Record<string, { type: string; scope: string; default: unknown; minimum: number; maximum?: number }>;
    };
  };
}

describe('the manifest', () => {
  const extension = vscode.extensions.getExtension(ID)!;
  const manifest = extension.packageJSON as Manifest;
  const { commands, menus, views, viewsContainers, viewsWelcome, configuration } = manifest.contributes;
  const contributed = commands.map(({ command }) => command).sort();
  const there = (file: string): boolean => existsSync(path.join(extension.extensionPath, file));

  it('names the events that its commands and its view do not stand for', async () => {
    const events = ['workspaceContains:.vscode/s3-syncs.json', 'onFileSystem:s3destinations'];
    assert.deepEqual(
      manifest.activationEvents.filter((event) => !/^on(Command|View):/.test(event)),
      events,
    );
    const file = JSON.parse(readFileSync(path.join(extension.extensionPath, 'package.json'), 'utf8')) as Manifest;
    assert.deepEqual(file.activationEvents, events);
    assert.deepEqual(await vscode.commands.executeCommand('s3Destinations.listDestinations'), []);
    assert.ok(extension.isActive);
  });

  it('contributes the commands that there are, and no others', async () => {
    await extension.activate();
    const ours = (await vscode.commands.getCommands(true)).filter((id) => id.startsWith('s3Destinations.'));
    // The editor makes some of its own for the view, such as to focus it.
    const made = new Set(Object.values(views).flatMap((list) => list.map(({ id }) => `${id}.`)));
    const registered = ours.filter((id) => ![...made].some((prefix) => id.startsWith(prefix)));
    assert.deepEqual(registered.sort(), contributed);
    assert.equal(new Set(contributed).size, contributed.length);
  });

  it('gives each command a title and one category', () => {
    for (const { command, title, category } of commands) {
      assert.match(command, /^s3Destinations\.[a-z][A-Za-z]+$/);
      assert.equal(category, 'S3 Destinations');
      assert.match(title, /^[A-Z][A-Za-z0-9 -]+…?$/, command);
    }
    assert.equal(new Set(commands.map(({ title }) => title)).size, commands.length);
  });

  it('puts only commands that there are into menus', () => {
    const ids = new Set(contributed);
    const viewIds = new Set(Object.values(views).flatMap((list) => list.map(({ id }) => id)));
    for (const [menu, items] of Object.entries(menus)) {
      for (const { command = '', when = '' } of items) {
        assert.ok(ids.has(command), `${menu}: ${command}`);
        for (const [, view = ''] of when.matchAll(/\bview == (\S+)/g)) assert.ok(viewIds.has(view), `${menu}: ${view}`);
      }
    }
  });

  it('puts an icon wherever a command is a button', () => {
    const withIcon = new Set(commands.filter(({ icon }) => icon !== undefined).map(({ command }) => command));
    for (const items of Object.values(menus)) {
      for (const { command = '', group = '' } of items) {
        if (/^(navigation|inline)/.test(group)) assert.ok(withIcon.has(command), command);
      }
    }
  });

  it('has every action of the tree in the palette, too', () => {
    const hidden = menus.commandPalette!.filter(({ when }) => when === 'false').map(({ command }) => command);
    const actions = Object.entries(menus).filter(([menu]) => menu.startsWith('view/'));
    for (const { command } of actions.flatMap(([, items]) => items)) assert.ok(!hidden.includes(command), command);
    assert.ok(hidden.includes('s3Destinations.listDestinations'), 'It shows nothing to a person.');
  });

  it('welcomes with commands that there are', () => {
    for (const { contents } of viewsWelcome) {
      const links = [...contents.matchAll(/\(command:([^)?]+)/g)].map(([, id]) => id ?? '');
      assert.ok(links.length > 0 && links.every((id) => contributed.includes(id)), contents);
    }
  });

  it('names files that there are', () => {
    const icons = [...Object.values(views).flat(), ...viewsContainers.activitybar].map(({ icon }) => icon);
    for (const file of [manifest.main, manifest.icon, ...icons]) assert.ok(there(file), file);
  });

  it('contributes the settings that are read, with the same defaults and bounds', () => {
    const source = readFileSync(path.join(extension.extensionPath, 'src/vscode/settings.ts'), 'utf8');
    const read = [...source.matchAll(/\bnumber\('([\w.]+)', ([\d_]+), ([\d_]+), ([\d_]+)\)/g)].map(
      ([, name = '', ...numbers]) => [
        `s3Destinations.${name}`,
        ...numbers.map((text) => Number(text.replaceAll('_', ''))),
      ],
    );
    assert.equal(read.length, (source.match(/\bnumber\('/g) ?? []).length);
    const numbers = Object.entries(configuration.properties).filter(
      ([, { default: value }]) => typeof value === 'number',
    );
    const offered = numbers.map(([name, setting]) => [
      name,
      setting.minimum,
      // Without a bound in the manifest, any will do in the source.
      setting.maximum ?? read.find(([id]) => id === name)?.[2],
      setting.default,
    ]);
    assert.deepEqual(offered.sort(), read.sort());
  });

  it('is off where the workspace is not trusted, and lets none give itself rights', () => {
    assert.equal(manifest.capabilities.untrustedWorkspaces.supported, false);
    const allowing = Object.entries(configuration.properties).filter(([name]) => name.includes('.allow'));
    assert.deepEqual(
      allowing.map(([name, { scope, default: value }]) => [name, scope, value]),
      ['syncs.allowSchedule', 'query.allowOutsideWorkspace'].map((name) => [`s3Destinations.${name}`, 'machine', []]),
    );
  });

  it('gives each setting a default that the editor has, too', () => {
    for (const [name, { default: value }] of Object.entries(configuration.properties)) {
      assert.deepEqual(vscode.workspace.getConfiguration().get(name), value, name);
    }
  });
});
