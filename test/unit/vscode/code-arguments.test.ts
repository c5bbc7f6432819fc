import assert from 'node:assert/strict';
import { parseCodeArguments } from '../../vscode/code-arguments.ts';

describe('the arguments of the code stand-in', () => {
  it('are read the way a test runner writes them', () => {
    const parsed = parseCodeArguments(
      [
        'some folder',
        '--disable-extensions',
        '--user-data-dir=data',
        ...['--extensions-dir', '/elsewhere/extensions'],
        ...['--locale', 'de'],
        '--no-sandbox',
        '--extensionTestsPath=/tests/entry.cjs',
        '--extensionDevelopmentPath=one',
        '--extensionDevelopmentPath=/two',
      ],
      '/srv',
    );
    assert.deepEqual(parsed, {
      testsPath: '/tests/entry.cjs',
      extensions: ['/srv/one', '/two'],
      folder: '/srv/some folder',
      userDataDir: '/srv/data',
      extensionsDir: '/elsewhere/extensions',
      payload: [['disableExtensions', 'true']],
      serverArguments: [],
    });
  });

  it('take a folder from its address as well', () => {
    const parsed = parseCodeArguments(
      ['--folder-uri', 'file:///a%20b', '--extensionTestsPath=/t', '--extensionDevelopmentPath=/e'],
      '/srv',
    );
    assert.equal(parsed?.folder, '/a b');
  });

  it('must ask for a test run', () => {
    assert.equal(parseCodeArguments(['--extensionDevelopmentPath=/e', '.'], '/srv'), undefined);
    assert.equal(parseCodeArguments(['--extensionTestsPath=/t'], '/srv'), undefined);
  });
});
