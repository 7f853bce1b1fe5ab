import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

export const VERSION = version;
export const NAMESPACE = 'pcapper';
/** Of captures by Jobs, as the OpenShift packet-capture-operator has it. */
export const JOBS_NAMESPACE = 'packet-capture';
export const AGENT = 'pcapper-agent';
export const OPERATOR = 'pcapper-operator';
export const AGENT_IMAGE = `pcapper/agent:${version}`;
export const OPERATOR_IMAGE = `pcapper/operator:${version}`;
export const LABELS = { 'app.kubernetes.io/name': 'pcapper', 'app.kubernetes.io/part-of': 'pcapper' };
