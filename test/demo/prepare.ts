// Prepares `.cache/demo` for the launch configuration “Run Extension with Demo S3”: a sample workspace, and a plan for
// the helper extension, which defines the destination. Arguments: the endpoint of the store, and a bucket in it.
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createSampleWorkspace } from '../fixtures/sampleWorkspace.ts';
import { DEMO_ADMIN } from '../s3/server.ts';
import { CACHE } from '../vscode/install.ts';
import { writeDemoPlan } from './demoPlan.ts';

const [endpoint, bucket] = process.argv.slice(2);
if (endpoint === undefined || bucket === undefined) throw new Error('Usage: prepare.ts ENDPOINT BUCKET');

const folder = path.join(CACHE, 'demo');
const workspace = path.join(folder, 'sample');
mkdirSync(folder, { recursive: true });
// One that is there may hold somebody's own queries.
if (!existsSync(workspace)) createSampleWorkspace(workspace);
const { accessKeyId, secretAccessKey } = DEMO_ADMIN;
const store = { endpoint, region: 'us-east-1', bucket, accessKeyId, secretAccessKey };
writeDemoPlan(path.join(folder, 'plan.json'), store);
