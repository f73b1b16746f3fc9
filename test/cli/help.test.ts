// The help of every command, as its transcript has it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CommanderError, type Command } from 'commander';
import { allCommands, createProgram } from '../../src/cli/program.js';
import { openvinoDirectory } from '../../src/engines/openvino/findLibrary.js';
import { assertTranscript, type Typed } from '../support/transcripts.js';

// The help shows what is set.
delete process.env.TAXON_URL;
delete process.env.TAXON_API_KEY;
delete process.env.VISION_TRAINING_ENDPOINT;
delete process.env.VISION_TRAINING_KEY;

const program = createProgram();

/** The words that call the command, without `taxon`. */
const wordsOf = (command: Command): string[] =>
  command.parent === null ? [] : [...wordsOf(command.parent), command.name()];

async function help(words: readonly string[]): Promise<Typed> {
  const args = [...words, '--help'];
  let stdout = '';
  const fresh = createProgram();
  for (const command of allCommands(fresh))
    command.configureOutput({ writeOut: (text) => (stdout += text), getOutHelpWidth: () => 100 });
  const status = await fresh.parseAsync(args, { from: 'user' }).then(
    () => 0,
    (error: unknown) => (error instanceof CommanderError ? error.exitCode : 1),
  );
  return { args, status, stdout: stdout.replaceAll(openvinoDirectory, 'native/openvino'), stderr: '' };
}

describe('the help of taxon', () => {
  for (const command of allCommands(program)) {
    const words = wordsOf(command);
    it(`${words.join(' ')} is as its transcript has it`, async () => {
      await assertTranscript(`help/${['taxon', ...words].join('-')}`, [await help(words)]);
    });
  }
});

describe('every command that does something', () => {
  const acting = allCommands(program).filter(({ commands }) => commands.length === 0);

  it('shows examples that call it', async () => {
    for (const command of acting) {
      const words = wordsOf(command);
      const { stdout } = await help(words);
      assert.match(stdout, new RegExp(`\\nExamples:\\n(.*\\n)*.*taxon ${words.join(' ')}`), words.join(' '));
    }
  });

  it('prints JSON for programs, but for the server and what shells read', () => {
    const without = acting.filter(({ options }) => !options.some(({ long }) => long === '--json'));
    assert.deepEqual(without.map(wordsOf), [['serve'], ['completion']]);
  });
});
