import type { LedgerEntry } from '../../core/disk-ledger.ts';
import { arrayOf, integer, record, string } from '../../core/parse-json.ts';
import { isNodeName } from './node-lock.ts';

export const LEDGER_SCHEMA_VERSION = 1;

/** @throws Error that says what is wrong and where */
export function parseLedger(json: string): readonly LedgerEntry[] {
  const ledger = record(JSON.parse(json), 'ledger');
  if (ledger['schemaVersion'] !== LEDGER_SCHEMA_VERSION) throw new Error('its schemaVersion is not one that this version reads');
  return arrayOf(ledger['entries'], 'entries', parseEntry);
}

export function formatLedger(entries: readonly LedgerEntry[]): string {
  return `${JSON.stringify({ schemaVersion: LEDGER_SCHEMA_VERSION, entries }, undefined, 1)}\n`;
}

function parseEntry(given: unknown, at: string): LedgerEntry {
  const entry = record(given, at);
  const node = string(entry['node'], `${at}.node`);
  if (!isNodeName(node)) throw new Error(`${at}.node is not a name of a node`);
  return {
    captureUid: string(entry['captureUid'], `${at}.captureUid`),
    node,
    bytes: integer(entry['bytes'], `${at}.bytes`),
    files: arrayOf(entry['files'], `${at}.files`, string),
    expires: integer(entry['expires'], `${at}.expires`),
  };
}
