// The description as programs that generate clients read it: names for operations and schemas, and nothing that they stumble over.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { call, startApp } from './runningApp.js';

type Json = Readonly<Record<string, unknown>>;
interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Json }>>;
}
interface Operation {
  readonly operationId?: string;
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}
interface Document {
  readonly openapi: string;
  readonly servers: readonly object[];
  readonly security: readonly object[];
  readonly tags: ReadonlyArray<{ readonly name: string }>;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>>; readonly securitySchemes: Json };
}

const { url } = await startApp({});
const { body: document } = await call<Document>(`${url}/openapi.json`);
const { schemas } = document.components;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ call: `${method.toUpperCase()} ${path}`, operation })),
);
const contents = operations.flatMap(({ call, operation: { requestBody, responses } }) =>
  [requestBody, ...Object.values(responses)].flatMap((one) =>
    Object.entries(one?.content ?? {}).map(([type, { schema }]) => ({ place: `${call} ${type}`, type, schema })),
  ),
);

const isNull = (schema: Json): boolean => schema['type'] === 'null';
const partsOf = (schema: Json, ...keys: readonly string[]): readonly Json[] =>
  keys.flatMap((key) => (schema[key] as Json[] | undefined) ?? []).filter((one) => !isNull(one));

/** Places of objects with members, and of unions, that have no name: a generator would make one up. */
function namelessIn(schema: Json, place: string, isNamed = false): string[] {
  const own = partsOf(schema, 'anyOf', 'oneOf');
  const isNameless = !isNamed && (schema['properties'] !== undefined || own.length > 1);
  const members = Object.entries((schema['properties'] as Record<string, Json> | undefined) ?? {});
  const within = [...members, ...[...own, ...partsOf(schema, 'allOf')].map((one): [string, Json] => ['of', one])];
  for (const key of ['items', 'additionalProperties'])
    if (typeof schema[key] === 'object') within.push([key, schema[key] as Json]);
  return [...(isNameless ? [place] : []), ...within.flatMap(([name, one]) => namelessIn(one, `${place}/${name}`))];
}

describe('the description', () => {
  it('names every operation, each by a name of its own, that is a word of any language', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    for (const id of ids) assert.match(id ?? 'none', /^[a-z]+([A-Z][a-z]+|\d+)+$/);
    assert.equal(new Set(ids).size, operations.length);
    for (const known of ['classifyImages', 'startTraining', 'rollbackModel']) assert.ok(ids.includes(known), known);
  });
  it('puts every operation under one tag that it explains', () => {
    const tags = document.tags.map(({ name }) => name);
    for (const { call, operation } of operations)
      assert.deepEqual(
        operation.tags?.map((tag) => tags.includes(tag)),
        [true],
        call,
      );
  });
  it('names every body and every error; what has no name is a file or a text', () => {
    for (const { place, type, schema } of contents) {
      assert.deepEqual(namelessIn(schema, place), []);
      if (type === 'application/problem+json') assert.equal(schema['$ref'], '#/components/schemas/Problem', place);
      else if (type === 'application/json')
        assert.match(JSON.stringify(schema), /"#\/components\/schemas\/\w+"/, place);
      else if (type !== 'multipart/form-data') assert.equal(schema['type'], 'string', place);
    }
  });
  it('names every schema within another', () => {
    assert.ok(Object.keys(schemas).length > 50);
    for (const [name, schema] of Object.entries(schemas)) assert.deepEqual(namelessIn(schema, name, true), []);
  });
  it('refers to schemas that are there, and has no other', () => {
    const text = JSON.stringify(document);
    const wanted = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name));
    assert.deepEqual([...wanted].sort(), Object.keys(schemas).sort());
    assert.deepEqual(
      Object.keys(schemas).filter((name) => name.endsWith('Input') && name !== 'InferInput'),
      [],
    );
  });
  it('offers multipart first, and JSON at addresses of its own: generators send JSON wherever it stands', () => {
    for (const { call, operation } of operations) {
      const types = Object.keys(operation.requestBody?.content ?? {});
      if (types.length > 1 && types.includes('multipart/form-data'))
        assert.deepEqual(types, ['multipart/form-data', 'image/*'], call);
      if (types.includes('application/json')) assert.deepEqual(types, ['application/json'], call);
    }
    assert.ok(document.paths['/v1/classify/base64']?.['post']);
  });
  it('has no schema that is true or false, which not all generators read', () => {
    assert.doesNotMatch(JSON.stringify(document), /"(items|prefixItems)":(true|false)/);
  });
  it('says where the server is and that a key is taken, or needed', () => {
    assert.deepEqual([document.openapi, document.servers.length], ['3.1.0', 1]);
    assert.deepEqual(document.security, [{}, { bearer: [] }, { apiKey: [] }]);
    assert.deepEqual(Object.keys(document.components.securitySchemes).sort(), ['apiKey', 'bearer']);
    for (const { call, operation } of operations)
      assert.deepEqual(
        operation.security,
        /\/v1\/(admin\/|similar$|models\/[^/]+\/(teach|auto-retrain|capture))|\/v2\/repository\/models\//.test(call)
          ? [{ bearer: [] }, { apiKey: [] }]
          : undefined,
        call,
      );
  });
  it('shows what a classification, a problem and a request for a training look like', () => {
    for (const name of ['Classification', 'Problem', 'NewTraining'])
      assert.equal((schemas[name]?.['examples'] as unknown[] | undefined)?.length, 1, name);
  });
  it('has integers that may pass 32 bits marked as such', () => {
    const { ImageSizes } = schemas;
    assert.equal(((ImageSizes?.['properties'] as Json)['bytes'] as Json)['format'], 'int64');
  });
});
