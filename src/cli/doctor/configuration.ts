// Is the configuration valid, and is anything in it that nobody reads?
import { ConfigError, configSchema, loadConfig, type Config } from '../../config.js';
import { ok, problem, warning, type Finding } from './finding.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ReadConfiguration {
  /** With the defaults of the options that are wrong: the other findings are about what is left. */
  readonly config: Config;
  readonly findings: readonly Finding[];
}

const check = 'configuration';

/** `env`: with what .env adds. */
export function readConfiguration(env: Environment): ReadConfiguration {
  const { config, problems } = loadWhatIsValid(env);
  const set = Object.keys(configSchema.shape).filter((name) => (env[name] ?? '') !== '');
  const findings = [
    ...problems.map(({ name, message }) =>
      problem(check, `${name}: ${message}`, `The server does not start: correct ${name} (docs/configuration.md).`),
    ),
    ...misspelt(env).map(({ name, meant }) =>
      warning(check, `${name} is set, and nothing reads it`, `Set ${meant} if that is what was meant.`),
    ),
  ];
  const all = set.length === 0 ? 'every option has its default' : `valid; set: ${set.join(', ')}`;
  return { config, findings: findings.length > 0 ? findings : [ok(check, all)] };
}

function loadWhatIsValid(env: Environment): { config: Config; problems: ConfigError['problems'] } {
  try {
    return { config: loadConfig(env), problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const wrong = new Set(error.problems.map(({ name }) => name));
    const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !wrong.has(name)));
    return { config: loadConfig(rest), problems: error.problems };
  }
}

const essence = (name: string): string =>
  name
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .replace(/^TAXON/, '');

const options = new Map(Object.keys(configSchema.shape).map((name) => [essence(name), name]));

/** Names of one word are too common to be a mistake of Taxon's: `host`, `Port`. */
const isTelling = (name: string): boolean => /[A-Z0-9]_/i.test(name);

/** Variables that are an option but for case, underscores or a prefix, where that option is not set. */
function misspelt(env: Environment): Array<{ name: string; meant: string }> {
  return Object.keys(env).flatMap((name) => {
    const meant = options.get(essence(name));
    if (meant === undefined || meant === name || !isTelling(name) || env[meant]) return [];
    return [{ name, meant }];
  });
}
