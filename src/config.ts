// Taxon's own environment variables as one validated object: the schema gives types, defaults, docs/configuration.md and
// .env.example. Libraries read variables of theirs (proxies, CUDA, TensorFlow), and the commands that talk to a server have
// TAXON_URL and TAXON_API_KEY.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { deviceNames, engineNames } from './engines/engine.js';
import type { EngineChoice } from './engines/select.js';
import { precisionSettings } from './serving/precision.js';
import { bucketAddressOf } from './files/bucketAddress.js';
import type { FilesOptions } from './files/openFiles.js';
import type { ModelsDirs } from './models/modelsDirs.js';

const count = (description: string, fallback: number, min = 1) =>
  z.coerce.number().int().min(min).default(fallback).describe(description);

const list = (description: string) =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    )
    .describe(description);

/** An address, a network, or a name of some. A network of all addresses would let anyone name any address. */
const proxyAddress = z
  .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6(), z.enum(['loopback', 'linklocal', 'uniquelocal'])])
  .refine((address) => !address.endsWith('/0'));

/** `name`, `name:port` or `*.name`; `*` alone would be no list of hosts. */
const hostPattern = /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*(:\d{1,5})?$/;

const cloudRoute = (fallback: string, description: string) =>
  z
    .string()
    .regex(/^\/[\w./:-]*$/, 'a path, beginning with a slash')
    .default(fallback)
    .describe(description);

const authSwitch = (description: string) => z.enum(['auto', 'open', 'required']).default('auto').describe(description);

export const configSchema = z.object({
  HOST: z.string().default('0.0.0.0').describe('Address to listen on.'),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000).describe('Port to listen on; 0 picks a free one.'),
  GRPC_PORT: z
    .union([z.literal('off'), z.coerce.number().int().min(0).max(65535)])
    .default('off')
    .describe(
      'Port of the Open Inference Protocol over gRPC, without TLS; 0 picks a free one; off: there is none. See docs/open-inference.md.',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe log line to write.'),

  DATA_DIR: z
    .string()
    .default('data')
    .describe('Everything the server writes: trained classifiers, caches, images, the embedded database.'),
  MODELS_DIR: z
    .string()
    .default('')
    .describe(
      'Where trainings, imports and pulls put their classifiers, `<name>/<version>/`; made when missing; empty: `models` in DATA_DIR. With STORAGE it must be empty.',
    ),
  BUNDLED_MODELS_DIR: z
    .string()
    .default('')
    .describe(
      'Classifiers that are served beside those in MODELS_DIR and never written; empty: those that come with Taxon; `none`: none.',
    ),
  STORAGE: z
    .string()
    .refine(
      (value) => value === '' || bucketAddressOf(value) !== undefined,
      's3://bucket, or s3://bucket/prefix of letters, digits, dots, dashes and underscores',
    )
    .default('')
    .describe(
      'S3-compatible bucket that has images, classifiers, embeddings and thumbnails, shared by every replica: `s3://bucket/prefix`; empty: they are under DATA_DIR and MODELS_DIR. See docs/storage.md.',
    ),
  S3_ENDPOINT: z
    .union([z.literal(''), z.url({ protocol: /^https?$/ })])
    .default('')
    .describe("Server of that bucket where it is not Amazon's: `https://minio.example.com:9000`."),
  S3_REGION: z.string().default('').describe('Region of the bucket; empty: AWS_REGION, else us-east-1.'),
  S3_PATH_STYLE: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe("Whether the bucket's name is sent in the path and not in the host; auto: where S3_ENDPOINT is set."),
  S3_CACHE_BYTES: count(
    'Largest size of the copies of images, thumbnails and embeddings that a bucket has, in CACHE_DIR; the least recently used go first.',
    4 * 2 ** 30,
  ),
  S3_MODEL_CACHE_BYTES: count(
    'The same of weights of classifiers. What is loaded, and what was used in the last hour, stays.',
    2 * 2 ** 30,
  ),
  CACHE_DIR: z.string().default('').describe('Compiled models, made when missing; empty: `cache` in DATA_DIR.'),
  DATABASE_URL: z
    .union([z.literal(''), z.url({ protocol: /^postgres(ql)?$/ })])
    .default('')
    .describe(
      'PostgreSQL 15 or later, shared by every replica: `postgres://user:password@host/name`; empty: embedded in the process, under DATA_DIR.',
    ),
  DEFAULT_MODEL: z
    .string()
    .default('')
    .describe(
      'Classifier that answers when a request names none, whatever `PUT /v1/admin/default-model` has chosen; empty: the one chosen, at the first start the first by name. The server does not start when others are installed and this one is not.',
    ),

  ENGINE: z
    .enum(['auto', ...engineNames])
    .default('auto')
    .describe(
      'Inference engine; auto: tfjs when it reports a CUDA device, else onnx on CUDA, else openvino where it is installed (`npx taxon engine install openvino`), else onnx.',
    ),
  DEVICE: z
    .enum(['auto', ...deviceNames])
    .default('auto')
    .describe(
      'Device of the engine. The server does not start when a device that was asked for by name is not available.',
    ),
  PRECISION: z
    .enum(precisionSettings)
    .default('auto')
    .describe(
      'Numbers that backbones compute with. auto: the fastest of int8, bf16 and fp32 that the processor has and a version has been shown to lose nothing by; a name: this one under the same condition, else fp32. See docs/quantization.md.',
    ),
  OPENVINO_DIR: z
    .string()
    .default('')
    .describe(
      'Folder of an installed OpenVINO; empty: native/openvino, where `npx taxon engine install openvino` puts it.',
    ),
  ENGINE_THREADS: count('Threads of one inference on the CPU; 0: one per core.', 0, 0),
  MAX_BATCH_SIZE: count(
    'Most images in one run of the engine. Larger batches pay off on a GPU (try 32), not on a CPU.',
    4,
  ),
  MAX_QUEUE: count(
    'Most classifications let in at a time, whatever they take; past it requests get 429 `overloaded`. They get it earlier when two fifths of REQUEST_TIMEOUT_MS are promised to others: see docs/overload.md.',
    256,
  ),
  RESULT_CACHE: count(
    'Images whose results are remembered, by their content, so that one that is asked for again is not computed again; about 10 KB each. 0: none.',
    0,
    0,
  ),

  MAX_IMAGE_BYTES: count('Largest encoded image accepted.', 10 * 2 ** 20),
  MAX_IMAGE_PIXELS: count('Largest width × height accepted, read from the header before decoding.', 60_000_000),
  MAX_IMAGES_PER_REQUEST: count('Most images in one request.', 32),
  MAX_BODY_BYTES: count('Largest request body of a classification.', 64 * 2 ** 20),
  MAX_INFLIGHT_BYTES: count(
    'Sum of the classification bodies held in memory, counted as their bytes arrive; past it requests get 429 `overloaded`, first those of whoever holds most.',
    512 * 2 ** 20,
  ),
  DECODE_CONCURRENCY: count('Images decoded at the same time; 0: one per core.', 0, 0),
  DECODE_TIMEOUT_MS: count(
    'Longest decoding time of one image, its wait not counted. HEIC takes about 2 s of one core for 12 megapixels, 6 s for 48.',
    10_000,
  ),
  REQUEST_TIMEOUT_MS: count('Deadline of a classification, from its last byte received to its answer.', 15_000),
  UPLOAD_TIMEOUT_MS: count('Longest time in which a whole request must have arrived.', 60_000),
  SHUTDOWN_TIMEOUT_MS: count('Longest wait for requests in flight at SIGTERM or SIGINT.', 20_000),

  IMAGE_URL_HOSTS: list(
    'Hosts that images may be fetched from when a client sends `{"url":"https://…"}`, comma-separated: `images.example.com`, `*.example.com` for those below it, `images.example.com:8443` for another port; empty: no image is fetched. Only public addresses are connected to, directly and not through a proxy; redirects are held to the same rules.',
  ).refine(
    (hosts) => hosts.every((host) => hostPattern.test(host)),
    'names of hosts in lower case, comma-separated, with `*.` before or a port after them',
  ),
  IMAGE_URL_NETWORKS: list(
    'Networks beside the public ones that those hosts may be in, comma-separated: `10.1.0.0/16`, for a store of images of your own.',
  ).refine(
    (networks) => z.array(z.union([z.cidrv4(), z.cidrv6()])).safeParse(networks).success,
    'networks as 10.1.0.0/16, comma-separated',
  ),
  IMAGE_URL_TIMEOUT_MS: count('Longest time in which an image must have been fetched from its URL.', 5_000),

  AUTH: z
    .enum(['open', 'required'])
    .default('open')
    .describe(
      'required: every call needs a key, but the probes. open: admin calls alone do. Classification, feedback, `/v1/models`, `/v2` and the documentation ask for the scope `classify` or above, `/metrics` for `metrics` or `admin`.',
    ),
  CLOUD_ROUTES: z
    .enum(['none', 'sagemaker', 'vertex'])
    .default('none')
    .describe(
      'Routes that a cloud calls its containers by. sagemaker: `/ping` and `/invocations`. vertex: AIP_PREDICT_ROUTE and AIP_HEALTH_ROUTE. See docs/clouds.md.',
    ),
  AIP_PREDICT_ROUTE: cloudRoute(
    '/predict',
    'Where Vertex AI sends `{"instances":[{"b64":"…"}]}`; it sets this itself.',
  ),
  AIP_HEALTH_ROUTE: cloudRoute('/health/ready', 'What Vertex AI asks for readiness; it sets this itself.'),
  METRICS_AUTH: authSwitch('Whether `/metrics` needs a key; auto: as AUTH says.'),
  DOCS_AUTH: authSwitch(
    'Whether `/docs` and `/openapi.json` need a key; auto: as AUTH says. A browser sends none: it reads the page only where this is open.',
  ),
  ADMIN_API_KEY: z
    .string()
    .refine((key) => key === '' || /^\S{20,}$/.test(key), 'at least 20 characters without spaces')
    .default('')
    .describe(
      'The first admin key; empty: one is made at the first start and printed once. Make one with `openssl rand -hex 32`.',
    ),
  KEY_GUESS_LIMIT: count(
    'Wrong keys from one client address in a minute; past it keys that were not valid from there before get 429 `rate_limited`, unchecked. 0: any number.',
    10,
    0,
  ),
  RATE_LIMIT: count(
    'Requests a minute of one key, or of one client address where none is asked for; past it they get 429 `rate_limited`. Each replica counts its own. Keys may have other limits (`requestsPerMinute`). `/health`, `/metrics` and `/docs` do not count. 0: no limit; overload is refused in any case.',
    0,
    0,
  ),
  FEEDBACK_RATE_LIMIT: count(
    'Corrections a minute from one client address, where no key is asked for; counted and refused as by RATE_LIMIT. 0: no limit.',
    30,
    0,
  ),
  MAX_FEEDBACK: count(
    'Most corrections that wait for review; past it new ones get 429 `feedback_full` until some are reviewed.',
    1_000,
  ),
  MAX_FEEDBACK_BYTES: count('Bytes of the images of all corrections that wait for review.', 2 ** 30),
  FEEDBACK_DAYS: count(
    'Days after which a correction is removed, reviewed or not, with its image if nothing else uses it.',
    90,
  ),
  EMBEDDING_CACHE_BYTES: count(
    'Largest size of the embeddings kept under DATA_DIR; the least recently used go first. One image, or one augmented view of it, takes 8 KiB with Inception-V3. What unfinished trainings need stays.',
    8 * 2 ** 30,
  ),
  FINE_TUNING_CACHE_BYTES: count(
    'Largest size of the feature maps that a training with "fineTune" keeps under DATA_DIR until it ends; it learns from fewer augmented views where they would take more. One image, or one augmented view of it, takes 160 KiB with Inception-V3.',
    4 * 2 ** 30,
  ),
  MAX_ARCHIVE_BYTES: count('Largest zip or tar of images for a dataset.', 4 * 2 ** 30),
  TRAINERS: count(
    'Trainings that this process runs at a time; 0: it only serves, and leaves them to other processes that share the database.',
    1,
    0,
  ),
  TRAINER_HEAP_MB: count(
    'JavaScript heap of a trainer in MiB; a trainer that needs more fails, the server does not. Embeddings are not part of it.',
    512,
    16,
  ),
  COMPARE_WITH_OTHER_DATASETS: z
    .enum(['on', 'off'])
    .default('on')
    .describe(
      'Whether a training tries what it calls unknown on images of other datasets of the server, up to 200 whose embeddings are stored, from datasets that share no class with its own. They decide between measures and are counted; nothing else of them is kept in the version.',
    ),
  TRAINING_DETAILS_DAYS: count(
    'Days for which the events and the image snapshot of a training are kept after its end; its record and its version stay.',
    30,
    0,
  ),
  TRAINING_DETAILS_COUNT: count(
    'Number of most recently ended trainings that keep their events and image snapshots; those of older ones are removed, whatever their age. A snapshot takes about 0.3 MB of the database for 1,000 images.',
    20,
    0,
  ),

  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .union([z.literal(''), z.url({ protocol: /^https?$/ })])
    .default('')
    .describe(
      "OpenTelemetry collector that traces are sent to, over OTLP (HTTP, protobuf): `http://collector:4318`; empty: nothing is traced. OpenTelemetry's other variables count too, such as OTEL_SERVICE_NAME and OTEL_TRACES_SAMPLER: see docs/monitoring.md.",
    ),
  WEBHOOK_PRIVATE_NETWORKS: list('')
    .pipe(z.array(z.union([z.cidrv4(), z.cidrv6()], 'networks such as 10.1.0.0/16 or fd00::/8, comma-separated')))
    .describe(
      'Networks that webhooks may be in beside public addresses, comma-separated (`10.1.0.0/16`, `127.0.0.0/8`); empty: none. What the server reaches there, whoever registers webhooks reaches.',
    ),
  WEBHOOK_TIMEOUT_MS: count('Longest time in which a webhook must have answered.', 10_000),
  WEBHOOK_RETRY_MS: count(
    'Pause after the first call of a webhook that failed; each further one is three times as long, 12 hours at most.',
    5_000,
  ),
  WEBHOOK_ATTEMPTS: count('Most calls for one event, which then is given up.', 12),

  METRICS_CLASSES: count(
    'Classes of each classifier that `/metrics` counts one by one, those predicted first; the others are counted together.',
    100,
    0,
  ),
  TRUST_PROXY: z
    .string()
    .default('off')
    .refine(
      (value) => trustedProxiesOf(value) !== undefined,
      'off, a number of proxies, or addresses and networks, comma-separated',
    )
    .describe(
      "Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses and networks, comma-separated (`10.0.0.0/8`; `loopback`, `linklocal` and `uniquelocal` are names of some), or how many there are in a row, where nothing else can reach the server. off: the connection's own address counts.",
    ),
  CORS_ORIGINS: list('Origins that browsers may call from, comma-separated; `*` for any; empty: none.'),
});

export type Config = z.output<typeof configSchema>;

/** Addresses, networks and names of some; or how many proxies there are in a row. */
export type TrustedProxies = 'none' | number | readonly string[];

/** The meaning of TRUST_PROXY; undefined when it has none. */
export function trustedProxiesOf(value: string): TrustedProxies | undefined {
  if (value === 'off') return 'none';
  if (/^[1-9]\d?$/.test(value)) return Number(value);
  const proxies = z.array(proxyAddress).safeParse(value.split(',').map((item) => item.trim()));
  return proxies.data;
}

/** The classifiers that come with Taxon. */
export const modelsOfPackage = fileURLToPath(new URL('../../models', import.meta.url));

/** Where classifiers are: the server and the command line look in the same places. */
export const modelsDirsOf = (config: Config): ModelsDirs => ({
  own: ownModelsOf(config),
  bundled: bundledModelsOf(config),
});

const bundledModelsOf = ({ BUNDLED_MODELS_DIR: directory }: Config): string | undefined => {
  if (directory === 'none') return undefined;
  return directory === '' ? modelsOfPackage : directory;
};

/** Those of a bucket are mirrored apart from others: what is not in the bucket is removed there. */
function ownModelsOf(config: Config): string {
  if (config.STORAGE !== '') return join(bucketCacheOf(config), 'models');
  return config.MODELS_DIR === '' ? join(config.DATA_DIR, 'models') : config.MODELS_DIR;
}

/** Another bucket has another folder: what is left of the first does not pass for the second's. */
const bucketCacheOf = (config: Config): string =>
  join(cacheDirOf(config), 'bucket', encodeURIComponent(`${config.S3_ENDPOINT} ${config.STORAGE}`));

/** Where images, embeddings, thumbnails and classifiers are kept. */
export function filesOptionsOf(config: Config): FilesOptions {
  const address = bucketAddressOf(config.STORAGE);
  if (address === undefined) return { dataDir: config.DATA_DIR };
  const endpoint = config.S3_ENDPOINT === '' ? undefined : config.S3_ENDPOINT;
  return {
    dataDir: config.DATA_DIR,
    bucket: {
      ...address,
      endpoint,
      region: config.S3_REGION === '' ? undefined : config.S3_REGION,
      pathStyle: config.S3_PATH_STYLE === 'auto' ? endpoint !== undefined : config.S3_PATH_STYLE === 'on',
      cache: { directory: bucketCacheOf(config), maxBytes: config.S3_CACHE_BYTES },
    },
  };
}

/** What an image decoder takes of it. */
export const imageLimitsOf = (config: Config) => ({
  maxBytes: config.MAX_IMAGE_BYTES,
  maxPixels: config.MAX_IMAGE_PIXELS,
  timeoutMs: config.DECODE_TIMEOUT_MS,
});

/** What openStorage takes of it: the server and the command line open the same data directory alike. */
export const storageSettingsOf = (config: Config) => ({
  databaseUrl: config.DATABASE_URL === '' ? undefined : config.DATABASE_URL,
  ...filesOptionsOf(config),
  maxImageBytes: config.MAX_IMAGE_BYTES,
  maxArchiveBytes: config.MAX_ARCHIVE_BYTES,
  feedbackLimits: {
    maxItems: config.MAX_FEEDBACK,
    maxBytes: config.MAX_FEEDBACK_BYTES,
    maxAgeDays: config.FEEDBACK_DAYS,
  },
  maxEmbeddingBytes: config.EMBEDDING_CACHE_BYTES,
});

/** Raised for an invalid environment; the message lists every problem, a line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: ReadonlyArray<{ readonly name: string; readonly message: string }>) {
    const lines = problems.map(({ name, message }) => `  ${name}: ${message} (${descriptionOf(name)})`);
    super(`the configuration is not valid:\n${lines.join('\n')}`);
  }
}

/** Reads the configuration from `env`. An empty value counts as not set. Throws ConfigError naming every option that is wrong. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => name in configSchema.shape && value !== ''),
  );
  const parsed = configSchema.safeParse(given);
  if (parsed.success) {
    if (parsed.data.STORAGE !== '' && parsed.data.MODELS_DIR !== '')
      throw new ConfigError([
        { name: 'MODELS_DIR', message: 'classifiers are in STORAGE: leave one of the two empty' },
      ]);
    return parsed.data;
  }
  throw new ConfigError(parsed.error.issues.map(({ path, message }) => ({ name: String(path[0]), message })));
}

function descriptionOf(name: string): string {
  return configSchema.shape[name as keyof Config].description ?? '';
}

/** Images decoded at a time. */
export const decodersOf = ({ DECODE_CONCURRENCY }: Config): number =>
  DECODE_CONCURRENCY > 0 ? DECODE_CONCURRENCY : availableParallelism();

/** Of the engine's compiled graphs. */
export const cacheDirOf = ({ CACHE_DIR, DATA_DIR }: Config): string =>
  CACHE_DIR === '' ? join(DATA_DIR, 'cache') : CACHE_DIR;

export const engineChoiceOf = (config: Config): EngineChoice => ({
  engine: config.ENGINE,
  device: config.DEVICE,
  threads: config.ENGINE_THREADS,
  cacheDir: cacheDirOf(config),
  maxBatchSize: config.MAX_BATCH_SIZE,
  ...(config.OPENVINO_DIR !== '' && { openvinoDir: config.OPENVINO_DIR }),
});
