// The small backbone of the contract suite as a model repository of Triton, for servers that are tested against it: node smallRepository.js DIR
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeServedBackbone } from '../../src/models/modelRepository.js';
import { writeSmallModel } from './contract.js';

const folder = await mkdtemp(join(tmpdir(), 'taxon-test-'));
const { backbone } = await writeSmallModel(folder);
await writeServedBackbone(backbone, process.argv[2]!, { server: 'triton', maxBatchSize: 8, instances: 1 });
await rm(folder, { recursive: true, force: true });
