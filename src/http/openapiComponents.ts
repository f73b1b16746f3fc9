// The schemas of the OpenAPI document as programs that generate clients want them: each under one name, none that nothing refers to.
import { isDeepStrictEqual } from 'node:util';
import type { OpenAPIV3_1 } from 'openapi-types';

type Schemas = Record<string, OpenAPIV3_1.SchemaObject>;

const prefix = '#/components/schemas/';
/** What fastify-type-provider-zod adds to the name of a schema as a client sends it. */
const inputSuffix = 'Input';

/**
 * Moves the bodies that have a title, and what in them has one, to the components, under that title; lets a schema that is sent and answered alike have one name;
 * adapts types to other languages. Changes the document.
 */
export function nameSchemas(document: Partial<OpenAPIV3_1.Document>): void {
  document.components ??= {};
  const schemas = (document.components.schemas ?? {}) as Schemas;
  for (const operation of operationsOf(document)) moveBodies(operation, schemas);
  const { paths = {} } = document;
  const merged = mergeInputs(schemas, referredTo(paths, schemas));
  document.paths = mapRefs(paths, merged);
  const named = mapRefs(schemas, merged);
  const used = referredTo(document.paths, named);
  document.components.schemas = Object.fromEntries(
    Object.entries(named)
      .filter(([name]) => used.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const sent = referredTo(
    operationsOf(document).map(({ requestBody }) => requestBody),
    named,
  );
  for (const [name, schema] of Object.entries(document.components.schemas)) if (!sent.has(name)) allowMembers(schema);
  adaptTypes(document);
}

function operationsOf({ paths = {} }: Partial<OpenAPIV3_1.Document>): OpenAPIV3_1.OperationObject[] {
  return Object.values(paths).flatMap((path) => Object.values(path ?? {}) as OpenAPIV3_1.OperationObject[]);
}

function moveBodies({ requestBody }: OpenAPIV3_1.OperationObject, schemas: Schemas): void {
  if (requestBody === undefined || '$ref' in requestBody) return;
  for (const media of Object.values(requestBody.content))
    if (media.schema !== undefined) media.schema = moveTitled(media.schema, schemas);
}

/** `value` with references in place of the schemas in it that have a title, which are now among `schemas`. */
function moveTitled<T>(value: T, schemas: Schemas): T {
  if (Array.isArray(value)) return value.map((one: unknown) => moveTitled(one, schemas)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const moved = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, moveTitled<unknown>(one, schemas)]));
  const { title, ...schema } = moved;
  // A property may be called so too.
  if (typeof title !== 'string') return moved as T;
  schemas[title] = schema;
  return { $ref: prefix + title } as T;
}

/** Names of the schemas behind `from`, those within them included. */
function referredTo(from: unknown, schemas: Schemas, found = new Set<string>()): Set<string> {
  visit(from, ({ $ref }) => {
    if (typeof $ref !== 'string' || !$ref.startsWith(prefix)) return;
    const name = $ref.slice(prefix.length);
    if (found.has(name)) return;
    found.add(name);
    referredTo(schemas[name], schemas, found);
  });
  return found;
}

/** New names by old ones, of schemas that are only sent, or answered as they are sent. */
function mergeInputs(schemas: Schemas, used: ReadonlySet<string>): ReadonlyMap<string, string> {
  const renamed = new Map(
    [...used]
      .filter((name) => name.endsWith(inputSuffix) && Object.hasOwn(schemas, name.slice(0, -inputSuffix.length)))
      .map((name) => [name, name.slice(0, -inputSuffix.length)]),
  );
  for (const [input, name] of renamed)
    if (!used.has(name)) schemas[name] = schemas[input]!;
    else if (!isDeepStrictEqual(mapRefs(schemas[input], renamed), schemas[name])) renamed.delete(input);
  return renamed;
}

const mapRefs = <T>(value: T, names: ReadonlyMap<string, string>): T =>
  JSON.parse(JSON.stringify(value), (key, one: unknown) => {
    const name = key === '$ref' && typeof one === 'string' ? names.get(one.slice(prefix.length)) : undefined;
    return name === undefined ? one : prefix + name;
  }) as T;

/** What is answered may have more members one day, which a client is not to refuse. */
function allowMembers(schema: OpenAPIV3_1.SchemaObject): void {
  visit(schema, (one) => {
    if (one['additionalProperties'] === false) delete one['additionalProperties'];
  });
}

/**
 * Says what the generators for typed languages need to be told: of numbers, which in theirs may have 32 bits or be decimals, and of
 * base64 and constants in the words that all of them know. Leaves out what does not help them: -2^53 as the least integer, and
 * constants that are booleans and defaults of types that have a name, which become Java that does not compile.
 */
function adaptTypes(document: object): void {
  visit(document, (schema) => {
    if (schema['type'] === 'number') schema['format'] = 'double';
    if (schema['maximum'] === Number.MAX_SAFE_INTEGER) schema['format'] = 'int64';
    if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
    if (schema['contentEncoding'] === 'base64') schema['format'] = 'byte';
    delete schema['contentEncoding'];
    if (schema['const'] !== undefined) schema['enum'] = [schema['const']];
    delete schema['const'];
    if (schema['type'] === 'boolean') delete schema['enum'];
    if (schema['$ref'] !== undefined) delete schema['default'];
  });
}

function visit(value: unknown, see: (object: Record<string, unknown>) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) see(value as Record<string, unknown>);
  for (const child of Object.values(value)) visit(child, see);
}
