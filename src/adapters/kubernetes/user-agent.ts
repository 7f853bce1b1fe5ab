import manifest from '../../../package.json' with { type: 'json' };

/** What pcapper calls itself towards the API server. */
export const USER_AGENT = `pcapper/${manifest.version}`;
