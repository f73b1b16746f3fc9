// taxon engine: what an engine needs beside the packages, installed and tried.
import { Argument, Command } from 'commander';
import { z } from 'zod';
import { openvinoDirectory } from '../engines/openvino/findLibrary.js';
import { examples } from './help.js';
import { installOpenvino, pinnedVersion } from './installOpenvino.js';
import { jsonOption, show, type OutputOptions } from './output.js';
import { describeTrial, tryOpenvino } from './tryOpenvino.js';

const installSchema = z.object({
  wheel: z.string().optional(),
  from: z.string().optional(),
  dir: z.string(),
  force: z.boolean().default(false),
});

const checkSchema = z.object({ dir: z.string() });

const engineArgument = (): Argument => new Argument('<engine>', 'which engine').choices(['openvino']);

const install = new Command('install')
  .description(
    `Put OpenVINO ${pinnedVersion} where the engine looks for it, and try it. A running server needs a restart.`,
  )
  .addArgument(engineArgument())
  .option('--wheel <file>', 'take this wheel instead of fetching one with pip; for machines without a network')
  .option('--from <folder>', 'take an installed package: the site-packages folder that has openvino in it')
  .option('--dir <folder>', 'where to put it; other places than the default need OPENVINO_DIR', openvinoDirectory)
  .option('--force', 'install again although it is there')
  .addOption(jsonOption())
  .addHelpText(
    'after',
    examples('taxon engine install openvino', 'taxon engine install openvino --wheel openvino-*.whl --json'),
  )
  .action(async (_engine: string, options: OutputOptions) => {
    const installed = await installOpenvino(installSchema.parse(options));
    const { trial, directory, isDefault } = installed;
    const found = isDefault ? 'ENGINE=auto chooses it' : `start with OPENVINO_DIR=${directory}`;
    show(options, installed, () => `${trial}\nIt is in ${directory}; ${found}.`);
  });

const check = new Command('check')
  .description('Run a convolution, and print the version, the devices and the precisions.')
  .addArgument(engineArgument())
  .option('--dir <folder>', 'where it is', openvinoDirectory)
  .addOption(jsonOption())
  .addHelpText('after', examples('taxon engine check openvino'))
  .action(async (_engine: string, options: OutputOptions) => {
    const trial = await tryOpenvino(checkSchema.parse(options).dir);
    show(options, trial, () => describeTrial(trial));
  });

export const engineCommand = (): Command =>
  new Command('engine')
    .description('Install an inference engine that is not in the packages.')
    .addCommand(install)
    .addCommand(check);
