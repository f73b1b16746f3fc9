// What is made from the values of the Helm chart and the comments above them: the table for people, and the schema by which Helm refuses others.
import { isMap, isScalar, parseDocument, type Node, type Pair, type YAMLMap } from 'yaml';

interface Value {
  readonly path: readonly string[];
  readonly description: string;
  readonly fallback: unknown;
}

type JsonSchema = Readonly<Record<string, unknown>>;

const keyOf = ({ key }: Pair): string => String(isScalar(key) ? key.value : key);

/** A map with values in it is a group of them, unless a comment describes it as a whole; an empty one is a value. */
const isGroup = (node: unknown): node is YAMLMap => isMap(node) && node.items.length > 0;

function commentOf({ key }: Pair, map: YAMLMap, index: number): string {
  // The comment before the first key of a map is the map's.
  const own = (key as Node | null)?.commentBefore ?? (index === 0 ? map.commentBefore : undefined) ?? '';
  return own
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim();
}

function* valuesIn(map: YAMLMap, path: readonly string[] = []): Generator<Value> {
  for (const [index, pair] of map.items.entries()) {
    const here = [...path, keyOf(pair)];
    const description = commentOf(pair, map, index);
    if (description !== '' || !isGroup(pair.value))
      yield { path: here, description, fallback: (pair.value as Node).toJSON() };
    else yield* valuesIn(pair.value, here);
  }
}

/** `chart`: the text of values.yaml. Throws Error, naming it, for a value without a comment. */
function describeValues(chart: string): Value[] {
  const document = parseDocument(chart);
  const values = [...valuesIn(document.contents as unknown as YAMLMap)];
  const bare = values.find(({ description }) => description === '');
  if (bare) throw new Error(`values.yaml: ${bare.path.join('.')} has no comment above it`);
  return values;
}

/** Markdown; `chart`: the text of values.yaml. */
export function helmValuesTable(chart: string): string {
  const rows = describeValues(chart).map(({ path, description, fallback }) => {
    const shown = fallback === '' ? '' : `\`${JSON.stringify(fallback).replaceAll('"', '')}\``;
    return `| \`${path.join('.')}\` | ${shown} | ${description.replaceAll(' | ', '\\|')} |`;
  });
  return `# Values of the Helm chart\n\nGenerated from \`ops/helm/taxon/values.yaml\` by \`npm run docs\`. How the chart is used: [Kubernetes](kubernetes.md).\n\n| value | default | what it does |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

/** JSON Schema (draft 7, as Helm reads it): no other values than those in the text of values.yaml, each of the type of its default. */
export function helmValuesSchema(chart: string): string {
  const root: Record<string, unknown> = { $schema: 'http://json-schema.org/draft-07/schema#', ...emptyGroup() };
  // Helm gives it to every chart that is part of another.
  Object.assign(root['properties'] as object, { global: { type: 'object' } });
  for (const { path, description, fallback } of describeValues(chart)) {
    let group = root;
    for (const name of path.slice(0, -1)) {
      const properties = group['properties'] as Record<string, Record<string, unknown>>;
      group = properties[name] ??= emptyGroup();
    }
    (group['properties'] as Record<string, unknown>)[path.at(-1)!] = { description, ...typeOf(fallback, description) };
  }
  return `${JSON.stringify(root, null, 2)}\n`;
}

const emptyGroup = (): Record<string, unknown> => ({
  type: 'object',
  additionalProperties: false,
  properties: {},
});

function typeOf(fallback: unknown, description: string): JsonSchema {
  const choices = /`([A-Za-z]+(?: \| [A-Za-z]+)+)`/.exec(description)?.[1];
  if (choices !== undefined) return { enum: choices.split(' | ') };
  if (Array.isArray(fallback)) return { type: 'array' };
  if (typeof fallback === 'number') return { type: ['integer', 'string'] };
  return { type: typeof fallback };
}
