// taxon completion, in the shells themselves where they are installed.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { before, describe, it, test } from 'node:test';
import { promisify } from 'node:util';
import { Argument, Command, Option } from 'commander';
import { listCommands } from '../../src/cli/completion/commandTree.js';
import { newDirectory } from '../support/databases.js';

const run = promisify(execFile);
const taxon = resolve('dist/src/cli/main.js');
const isInstalled = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;
const skipUnless = (shell: string): string | false => (isInstalled(shell) ? false : `${shell} is not installed`);

const scriptFor = async (shell: string): Promise<string> =>
  (await run(process.execPath, [taxon, 'completion', shell])).stdout;

test('the tree has what the help shows, with the choices', () => {
  const program = new Command('p')
    .addCommand(
      new Command('one')
        .description('First.\nMore.')
        .addArgument(new Argument('<what>').choices(['a', 'b']))
        .addOption(new Option('-k, --kind <kind>', 'which').choices(['x', 'y']))
        .addOption(new Option('--secret').hideHelp()),
    )
    .addCommand(new Command('hidden'), { hidden: true });
  const [root, one] = listCommands(program);
  assert.deepEqual(root!.subcommands, [
    { name: 'one', description: 'First.' },
    { name: 'help', description: 'display help for command' },
  ]);
  assert.deepEqual([one!.path, one!.choices], ['p one', ['a', 'b']]);
  assert.deepEqual(one!.options[0], {
    flags: ['-k', '--kind'],
    description: 'which',
    takesValue: true,
    choices: ['x', 'y'],
  });
  assert.deepEqual(
    one!.options.map(({ flags }) => flags.at(-1)),
    ['--kind', '--help'],
  );
});

describe('completion in bash', { skip: skipUnless('bash') }, () => {
  let script = '';
  before(async () => {
    script = await scriptFor('bash');
  });

  /** What Tab offers at the end of `words`, of which the last is the one that was begun. */
  const complete = async (...words: string[]): Promise<string[]> => {
    const ask = `COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _taxon; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run('bash', ['--norc', '-euc', `set +e; ${script}\n${ask}`, 'bash', 'taxon', ...words]);
    return stdout.split('\n').filter((line) => line !== '');
  };

  it('is registered, with files where nothing is offered', async () => {
    const { stdout } = await run('bash', ['--norc', '-c', `${script}\ncomplete -p taxon`]);
    assert.equal(stdout, 'complete -o default -F _taxon taxon\n');
    assert.deepEqual(await complete('import', 'mod'), []);
  });

  it('offers commands, those below them, options, and the values that an option or argument may have', async () => {
    assert.deepEqual(await complete('exp'), ['export']);
    assert.deepEqual(await complete('completion', ''), ['bash', 'zsh', 'fish']);
    assert.deepEqual(await complete('datasets', 'i'), ['import', 'images']);
    assert.deepEqual(await complete('datasets', 'import', '--da'), ['--dataset', '--data']);
    assert.deepEqual(await complete('export', 'flowers', '--format', 'o'), ['onnx']);
    assert.deepEqual(await complete('export', 'flowers', '-f', 'zzz'), []);
    assert.deepEqual(await complete('doctor', '--j'), ['--json']);
  });

  it('takes no argument for a command', async () => {
    assert.deepEqual(await complete('export', 'import', '--form'), ['--format']);
  });

  it('knows every command of the help', async () => {
    const { stdout } = await run(process.execPath, [taxon, '--help']);
    const commands = [...stdout.split('Commands:')[1]!.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
    assert.deepEqual(await complete(''), commands);
  });
});

describe('completion in fish', { skip: skipUnless('fish') }, () => {
  it('offers commands with their descriptions, options and values', async (t) => {
    const file = join(await newDirectory(t), 'taxon.fish');
    await writeFile(file, await scriptFor('fish'));
    const complete = async (line: string): Promise<string[]> =>
      (await run('fish', ['--no-config', '-c', `source ${file}; complete -C '${line}'`])).stdout.trimEnd().split('\n');
    assert.match((await complete('taxon exp'))[0]!, /^export\tWrite a version/);
    assert.deepEqual((await complete('taxon completion ')).sort(), ['bash', 'fish', 'zsh']);
    assert.match((await complete('taxon datasets import --da'))[0]!, /^--dataset\t/);
    assert.match((await complete('taxon export flowers --format o')).join('\n'), /^onnx\t.*$/);
  });
});

describe('completion in zsh', { skip: skipUnless('zsh') }, () => {
  // What zsh's own functions are given, in a shell without a terminal.
  const ask = `
    compdef() { : }
    _describe() { print -rl -- \${(P)@[-1]} }
    _files() { print files }
    words=(taxon "$@") CURRENT=$(($# + 1))`;

  it('offers commands with their descriptions, options, values and files', async (t) => {
    const file = join(await newDirectory(t), '_taxon');
    await writeFile(file, await scriptFor('zsh'));
    const complete = async (...words: string[]): Promise<string[]> =>
      (await run('zsh', ['-f', '-c', `${ask}; source ${file}; _taxon`, 'zsh', ...words])).stdout.trimEnd().split('\n');
    assert.ok((await complete('exp')).some((line) => line.startsWith('export:Write a version')));
    assert.deepEqual(await complete('completion', ''), ['bash', 'zsh', 'fish']);
    assert.ok(
      (await complete('datasets', 'import', '--da')).some((line) => line.startsWith('--dataset:dataset to add to')),
    );
    assert.ok((await complete('export', 'flowers', '--format', 'o')).includes('onnx'));
    assert.deepEqual(await complete('export', 'flowers', '--out', 'f'), ['files']);
    assert.deepEqual(await complete('import', 'f'), ['files']);
  });
});
