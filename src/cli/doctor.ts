// taxon doctor: what this machine and its configuration are like, and what to do about it.
import { Command } from 'commander';
import { z } from 'zod';
import { examine } from './doctor/examine.js';
import { worstOf } from './doctor/finding.js';
import { describeFindings } from './doctor/report.js';

const optionsSchema = z.object({ json: z.boolean().default(false) });

export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('Look at this machine and its configuration, and say what is wrong and what to do.')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nIt changes nothing, and may be run beside a server on the same data directory.\nEnds with 1 where there is a problem; warnings alone are none.\n\nExamples:\n  taxon doctor\n  DATA_DIR=/srv/taxon taxon doctor --json',
    )
    .action(async (options: unknown) => {
      const { json } = optionsSchema.parse(options);
      const findings = await examine(process.env);
      const state = worstOf(findings);
      console.log(json ? JSON.stringify({ state, findings }, null, 2) : describeFindings(findings));
      if (state === 'problem') process.exitCode = 1;
    });
