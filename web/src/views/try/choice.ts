// Which classifier answers, and in which version: as the address has it, as the API takes it.
import type { components } from 'taxon-client';

export type Model = components['schemas']['Model'];

export interface Choice {
  readonly model: string;
  /** By number or alias; undefined: whichever is in service. */
  readonly version: string | undefined;
}

/** In an address, for the version in service. */
const inService = 'active';

/** '#/try/clothing/active/clothing/2' compares two; what is no longer there falls back to the default classifier. */
export function choicesOf(rest: readonly string[], models: readonly Model[]): readonly Choice[] {
  const [name, version, otherName, otherVersion] = rest;
  const fallback = models.find((model) => model.default) ?? models[0]!;
  const first = choiceOf(name, version, models) ?? { model: fallback.name, version: undefined };
  const second = choiceOf(otherName, otherVersion, models);
  return second === undefined ? [first] : [first, second];
}

function choiceOf(name: string | undefined, version = inService, models: readonly Model[]): Choice | undefined {
  const model = models.find((known) => known.name === name);
  if (model === undefined) return undefined;
  return { model: model.name, version: referencesOf(model).includes(version) ? version : undefined };
}

const referencesOf = ({ versions, aliases }: Model): readonly string[] => [
  ...versions.map(String),
  ...Object.keys(aliases),
];

export const addressOf = (choices: readonly Choice[]): readonly string[] =>
  choices.flatMap(({ model, version }) => [model, version ?? inService]);

/** What a comparison begins with: another version of the same classifier, else another classifier; undefined: there is nothing else. */
export function anotherThan(first: Choice, models: readonly Model[]): Choice | undefined {
  const model = models.find(({ name }) => name === first.model)!;
  const current =
    first.version === undefined ? model.activeVersion : (model.aliases[first.version] ?? Number(first.version));
  const version = model.versions.filter((known) => known !== current).at(-1);
  if (version !== undefined) return { model: model.name, version: String(version) };
  const other = models.find(({ name }) => name !== first.model);
  return other && { model: other.name, version: undefined };
}
