// taxon serve: the server, in the foreground, until Ctrl-C.
import { Command, Option } from 'commander';
import { roleSchema, type Role } from '../data/processes.js';
import { examples } from './help.js';
import { wholeNumber } from './numbers.js';
import { startServerProcess } from './serverProcess.js';

interface ServeOptions {
  readonly port?: number;
  readonly host?: string;
  readonly data?: string;
  readonly role?: Role;
}

export const serveCommand = (): Command =>
  new Command('serve')
    .description('Run the server, as the environment and .env say.')
    .option('-p, --port <number>', 'port to listen on; 0 picks a free one (default: PORT, else 3000)', wholeNumber(0))
    .option('--host <address>', 'address to listen on (default: HOST, else 0.0.0.0)')
    .option('--data <folder>', 'where it keeps everything (default: DATA_DIR, else data)')
    .addOption(
      new Option('--role <role>', 'what it is for, where several share a database (default: ROLE, else all)').choices(
        roleSchema.options,
      ),
    )
    .addHelpText('after', examples('taxon serve', 'taxon serve --port 8080 --host 127.0.0.1 --data /srv/taxon'))
    .action(serve);

function serve({ port, host, data, role }: ServeOptions): void {
  const given = { PORT: port?.toString(), HOST: host, DATA_DIR: data, ROLE: role };
  for (const [name, value] of Object.entries(given)) if (value !== undefined) process.env[name] = value;
  startServerProcess();
}
