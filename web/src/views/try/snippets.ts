// A classification as a call from a program. Nothing of the key: a variable in its place.
import type { Choice } from './choice.js';

export const keyVariable = 'TAXON_API_KEY';

export const languages = ['curl', 'typescript', 'python'] as const;
export type Language = (typeof languages)[number];

export interface Call {
  /** Of the server, such as http://localhost:3000. */
  readonly origin: string;
  readonly choice: Choice;
  readonly fileName: string;
  readonly needsKey: boolean;
}

/** Complete: what it gives can be run as it is, in the folder of the image. */
export const snippetOf = (language: Language, call: Call): string => writers[language](call);

const writers: Readonly<Record<Language, (call: Call) => string>> = {
  curl: ({ origin, choice, fileName, needsKey }) => {
    const query = new URLSearchParams(entriesOf(choice)).toString();
    return [
      `curl ${quoteForShell(`${origin}/v1/classify?${query}`)}`,
      ...(needsKey ? [`-H "Authorization: Bearer $${keyVariable}"`] : []),
      // curl reads quoted names with spaces, commas and semicolons in them as they are.
      `-F ${quoteForShell(`image=@"${fileName.replace(/["\\]/g, '\\$&')}"`)}`,
    ].join(' \\\n  ');
  },
  typescript: ({ origin, choice, fileName, needsKey }) => {
    const options = needsKey ? `, { apiKey: process.env.${keyVariable}! }` : '';
    const asked = entriesOf(choice).map(([name, value]) => `${name}: ${literal(value)}`);
    return `import { Taxon } from 'taxon-client';

const taxon = new Taxon(${literal(origin)}${options});
const { predictions } = await taxon.classify(${literal(fileName)}, { ${asked.join(', ')} });
for (const { label, probability } of predictions) console.log(label, probability);
`;
  },
  python: ({ origin, choice, fileName, needsKey }) => {
    const options = needsKey ? `, api_key=os.environ[${literal(keyVariable)}]` : '';
    const asked = entriesOf(choice).map(([name, value]) => `${name}=${literal(value)}`);
    return `${needsKey ? 'import os\n\n' : ''}from taxon_client import Taxon

taxon = Taxon(${literal(origin)}${options})
answer = taxon.classify(${[literal(fileName), ...asked].join(', ')})
for prediction in answer["predictions"]:
    print(prediction["label"], prediction["probability"])
`;
  },
};

const entriesOf = ({ model, version }: Choice): [string, string][] => [
  ['model', model],
  ...(version === undefined ? [] : [['version', version] as [string, string]]),
];

const quoteForShell = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A JSON string is one in TypeScript and in Python too. */
const literal = (text: string): string => JSON.stringify(text);
