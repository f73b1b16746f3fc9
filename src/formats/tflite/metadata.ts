// What phone libraries read of a classifier beside its graph: TFLite Metadata by metadata_schema.fbs (version 1.5, Apache-2.0,
// github.com/tensorflow/tflite-support), and the files that it names, as a zip behind the model.
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { encodeFlat, float32s, list, placed, scalar, table, text, type Placed } from './flatTables.js';

/** What the metadata says of a classifier. */
export interface ClassifierFacts {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly labels: readonly string[];
  /** How images become the input, in a sentence. */
  readonly input: string;
  /** Pixels are floats: readers want to be told how they are normalised, also where they are not. */
  readonly hasFloatPixels: boolean;
  readonly height: number;
  readonly width: number;
  /** Anything else, as JSON. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** The name under which a model holds its metadata. */
export const metadataName = 'TFLITE_METADATA';
const identifier = 'M001';
/** The oldest reader that knows all of it. */
const minParserVersion = '1.0.0';

export const labelsFileName = 'labels.txt';
export const detailsFileName = 'taxon.json';
const associatedFileTypes = { description: 1, labels: 2 } as const;
const rgb = 1;
const imageProperties = 2;
const normalizationOptions = 1;

const associatedFile = (name: string, description: string, type: number): Placed =>
  table([placed(0, text(name)), placed(1, text(description)), scalar(2, 'int8', type)]);

/** Readers subtract the mean and divide by the deviation: with 0 and 1 they hand over the values 0 to 255. */
const unchangedPixels = table([
  scalar(0, 'uint8', normalizationOptions),
  placed(1, table([placed(0, float32s([0])), placed(1, float32s([1]))])),
]);

const stats = (highest: number): Placed => table([placed(0, float32s([highest])), placed(1, float32s([0]))]);

function inputTensor({ input, hasFloatPixels, height, width }: ClassifierFacts): Placed {
  const size = table([scalar(0, 'uint32', width), scalar(1, 'uint32', height)]);
  const content = table([
    scalar(0, 'uint8', imageProperties),
    placed(1, table([scalar(0, 'int8', rgb), placed(1, size)])),
  ]);
  return table([
    placed(0, text('image')),
    placed(1, text(input)),
    placed(3, content),
    ...(hasFloatPixels ? [placed(4, list([unchangedPixels]))] : []),
    placed(5, stats(255)),
  ]);
}

const outputTensor = (): Placed =>
  table([
    placed(0, text('probability')),
    placed(1, text('The calibrated probability of each class, in the order of the labels.')),
    placed(5, stats(1)),
    placed(6, list([associatedFile(labelsFileName, 'One label a line.', associatedFileTypes.labels)])),
  ]);

/** The metadata of a model with one image as its input and one row of probabilities as its output. */
export function encodeMetadata(facts: ClassifierFacts): Uint8Array {
  const subgraph = table([placed(2, list([inputTensor(facts)])), placed(3, list([outputTensor()]))]);
  const details = associatedFile(detailsFileName, 'What Taxon knows of the version.', associatedFileTypes.description);
  const model = table([
    placed(0, text(facts.name)),
    placed(1, text(facts.description)),
    placed(2, text(facts.version)),
    placed(3, list([subgraph])),
    placed(4, text('Taxon')),
    placed(5, text(facts.license)),
    placed(6, list([details])),
    placed(7, text(minParserVersion)),
  ]);
  return encodeFlat(model, identifier);
}

/** DOS' first day: the same version gives the same file. */
const noTime = new Date(1980, 0, 1);

/** The model with the files that its metadata names behind it. They are stored as they are, since some readers unpack nothing. */
export async function appendFiles(model: Uint8Array, { labels, details }: ClassifierFacts): Promise<Uint8Array> {
  // Places in the zip count from the beginning of the model.
  const zip = Object.assign(new ZipFile(), { outputStreamCursor: model.length });
  const add = (name: string, content: string): void =>
    zip.addBuffer(Buffer.from(content), name, { compress: false, mtime: noTime, forceDosTimestamp: true });
  // A label of several lines would be several labels.
  add(labelsFileName, labels.map((label) => `${label.replaceAll(/[\r\n]+/g, ' ')}\n`).join(''));
  add(detailsFileName, `${JSON.stringify(details, null, 2)}\n`);
  zip.end();
  return Buffer.concat([model, await buffer(zip.outputStream)]);
}
